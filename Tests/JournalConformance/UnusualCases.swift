//! Data as the world sends it.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let unusualData: [ConformanceCase] = [
    ConformanceCase("texts of all kinds come back as they were") { journal in
      let texts = [
        "", " ", "a\0b", "\0", "😀👩‍👩‍👧‍👦", "е́ё", "'; DROP TABLE runs; --", "\"?1\"", "\u{FEFF}x", "\u{10FFFF}", "\n\r\t",
        String(repeating: "й", count: 20_000),
      ]
      for text in texts {
        let record = IntakeRecord(
          project: text, connection: text, externalID: text, conversation: text, receivedAt: Sample.moment(0),
          payload: Array(text.utf8), runs: [NewRun(flow: text, version: text, label: text, lane: text)])
        let receipt = try await journal.append([record])[0]
        try expect(!receipt.isDuplicate, "\(text.debugDescription.prefix(40)) was taken for another")
        try expectEqual(try await journal.append([record])[0].isDuplicate, true)
        let run = try await journal.run(receipt.runs[0])
        let found = [
          run?.project, run?.connection, run?.externalID, run?.conversation, run?.flow, run?.version, run?.label,
          run?.lane,
        ]
        try expect(found.allSatisfy { $0 == text }, "\(text.debugDescription.prefix(40)) came back changed")
        try expectEqual(run?.payload, Array(text.utf8))
        try await journal.setConnectionValue(connection: text, key: text, value: .text(text))
        try expectEqual(try await journal.connectionValue(connection: text, key: text), .text(text))
      }
    },
    ConformanceCase("a payload of 5 MB and bytes of every value come back") { journal in
      let everyByte = (0..<256).map { UInt8($0) }
      let large = Array(repeating: everyByte, count: 20_480).flatMap { $0 }
      let receipts = try await journal.append([
        Sample.intake("large", payload: large), Sample.intake("empty", payload: []),
      ])
      try await journal.commit(Sample.change(receipts[0].runs[0], state: everyByte))
      try await journal.commit(Sample.change(receipts[1].runs[0], state: []))
      try expect(try await journal.run(receipts[0].runs[0])?.payload == large, "a large payload came back changed")
      try expectEqual(try await journal.run(receipts[0].runs[0])?.state, everyByte)
      try expectEqual(try await journal.run(receipts[1].runs[0])?.payload, [])
      try expectEqual(try await journal.run(receipts[1].runs[0])?.state, [])
    },
    ConformanceCase("moments at both ends of the range come back") { journal in
      for milliseconds in [Int64.min, -1, 0, .max] {
        let run = try await Sample.run(in: journal, "m\(milliseconds)")
        let moment = Sample.moment(milliseconds)
        try await journal.commit(
          RunChange(
            run: run, status: .waiting, wakeAt: moment, at: moment,
            timers: [.start(Sample.timer("t\(milliseconds)", dueAt: milliseconds), keepsEarlier: false)]))
        try expectEqual(try await journal.run(run)?.wakeAt, moment)
      }
      try expectEqual(
        try await journal.timers(dueBefore: Sample.moment(.max), limit: .max).map(\.dueAt.milliseconds), [.min, -1, 0])
    },
  ]
}
