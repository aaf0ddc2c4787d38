//! The send ledger: what was meant, begun and settled, and which messages are our own.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let ledger: [ConformanceCase] = [
    ConformanceCase("a delivery goes from intended over sending to sent") { journal in
      let run = try await Sample.run(in: journal)
      try await journal.commit(
        Sample.change(run, deliveries: [.insert(Sample.delivery(2, state: .intended)), .insert(Sample.delivery(1))]))
      var stored = try await journal.deliveries(of: run)
      try expectEqual(stored.map(\.sequence), [1, 2])
      try expectEqual(stored.map(\.state), [.sending, .intended])
      try expectEqual(stored.map(\.attempt), [1, 0])
      try await journal.commit(
        Sample.change(
          run,
          deliveries: [
            .begin(sequence: 2, attempt: 4, at: Sample.moment(8)),
            .settle(
              sequence: 1, state: .sent, remoteIDs: ["501", "502"], result: ["thread": "501"], error: nil,
              at: Sample.moment(9)),
          ]))
      stored = try await journal.deliveries(of: run)
      let wanted = StoredDelivery(
        run: run, sequence: 1, connection: "desk", chat: "-100", step: "way.else.do[0]",
        request: Array("{\"name\":\"send\"}".utf8), state: .sent, attempt: 1, begunAt: Sample.moment(2_000),
        settledAt: Sample.moment(9), remoteIDs: ["501", "502"], result: ["thread": "501"], error: nil)
      try expectEqual(stored.first, wanted)
      try expectEqual(stored.last?.state, .sending)
      try expectEqual(stored.last?.attempt, 4)
      try expectEqual(stored.last?.begunAt, Sample.moment(8))
    },
    ConformanceCase("own messages are known by connection, chat and id") { journal in
      let run = try await Sample.run(in: journal)
      let settled = DeliveryChange.settle(
        sequence: 0, state: .sent, remoteIDs: ["501", "502"], result: .null, error: nil, at: Sample.moment(9))
      try await journal.commit(Sample.change(run, deliveries: [.insert(Sample.delivery(0))]))
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "501"), false)
      try await journal.commit(Sample.change(run, deliveries: [settled]))
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "501"), true)
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "502"), true)
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "503"), false)
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-200", messageID: "501"), false)
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-200", messageID: "502"), false)
      try expectEqual(try await journal.isOwnMessage(connection: "avito", chat: "-100", messageID: "501"), false)
      // The run is put back and repeats its sequence: what it once sent stays its own.
      try await journal.commit(Sample.change(run, deliveries: [.insert(Sample.delivery(0))]))
      try expectEqual(try await journal.deliveries(of: run).map(\.state), [.sending])
      try expectEqual(try await journal.deliveries(of: run).map(\.remoteIDs), [[]])
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "501"), true)
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "502"), true)
    },
    ConformanceCase("failed and unknown deliveries keep their reason, unknown ones are counted") { journal in
      let run = try await Sample.run(in: journal)
      try await journal.commit(
        Sample.change(
          run,
          deliveries: [
            .insert(Sample.delivery(0)), .insert(Sample.delivery(1)),
            .settle(
              sequence: 0, state: .unknown, remoteIDs: [], result: .null, error: "timed out", at: Sample.moment(4)),
            .settle(sequence: 1, state: .failed, remoteIDs: [], result: .null, error: "", at: Sample.moment(5)),
          ]))
      try expectEqual(try await journal.counts().unknownDeliveries, 1)
      try expectEqual(try await journal.deliveries(of: run).map(\.error), ["timed out", ""])
      try await journal.commit(
        Sample.change(
          run, .done,
          deliveries: [
            .settle(sequence: 0, state: .sent, remoteIDs: ["1"], result: .null, error: nil, at: Sample.moment(6))
          ]))
      try expectEqual(try await journal.counts().unknownDeliveries, 0)
    },
    ConformanceCase("runs do not see one another's deliveries") { journal in
      let first = try await Sample.run(in: journal, "m1")
      let second = try await Sample.run(in: journal, "m2")
      try await journal.commit(Sample.change(second, deliveries: [.insert(Sample.delivery(0, chat: "two"))]))
      try await journal.commit(Sample.change(first, deliveries: [.insert(Sample.delivery(9_999, chat: "one"))]))
      try expectEqual(try await journal.deliveries(of: first).map(\.chat), ["one"])
      try expectEqual(try await journal.deliveries(of: second).map(\.chat), ["two"])
    },
  ]
}
