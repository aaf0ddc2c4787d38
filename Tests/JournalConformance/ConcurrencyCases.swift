//! Many lanes at once: nobody is lost, nobody is mixed up.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let concurrency: [ConformanceCase] = [
    ConformanceCase("64 lanes write side by side and each finds its own") { journal in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<64 { group.addTask { try await walk(lane, in: journal) } }
        try await group.waitForAll()
      }
      try expectEqual(try await journal.counts(), JournalCounts(events: 640))
      for lane in 0..<64 {
        try expectEqual(
          try await journal.isOwnMessage(connection: "desk", chat: "chat \(lane)", messageID: "9"), true)
      }
    },
    ConformanceCase("of many who bring one event, one brings it first") { journal in
      let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
        for _ in 0..<64 { group.addTask { try await journal.append([Sample.intake("m1")])[0] } }
        return try await group.reduce(into: [Receipt]()) { $0.append($1) }
      }
      try expectEqual(receipts.count { !$0.isDuplicate }, 1)
      try expectEqual(Set(receipts.map(\.event)).count, 1)
      try expectEqual(try await journal.counts(), JournalCounts(events: 1, openRuns: 1))
    },
    ConformanceCase("a refused change fails alone among its neighbours") { journal in
      let runs = try await journal.append((0..<32).map { Sample.intake("m\($0)") }).flatMap(\.runs)
      for run in runs where run % 2 == 0 { try await journal.commit(Sample.change(run, .done)) }
      let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
        for run in runs {
          group.addTask {
            do throws(JournalError) {
              try await journal.commit(Sample.change(run, .waiting, state: [7]))
              return false
            } catch {
              try expectEqual(error.code, .runClosed)
              return true
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try expectEqual(refused, 16)
      for run in runs { try expectEqual(try await journal.run(run)?.state, run % 2 == 0 ? nil : [7]) }
    },
  ]

  /// Ten messages of one lane, each from intake to settled.
  private static func walk(_ lane: Int, in journal: any Journal) async throws {
    for number in 0..<10 {
      let record = Sample.intake("m\(number)", connection: "c\(lane)", conversation: "shop/c\(lane)/1")
      let receipt = try await journal.append([record])[0]
      try expect(!receipt.isDuplicate, "lane \(lane) met its own event")
      let run = receipt.runs[0]
      try await journal.commit(
        Sample.change(run, deliveries: [.insert(Sample.delivery(0, chat: "chat \(lane)"))]))
      try expectEqual(try await journal.deliveries(of: run).map(\.chat), ["chat \(lane)"])
      try expectEqual(try await journal.run(run)?.connection, "c\(lane)")
      try await journal.commit(
        Sample.change(
          run, .done,
          deliveries: [
            .settle(
              sequence: 0, state: .sent, remoteIDs: ["\(number)"], result: .null, error: nil, at: Sample.moment(4))
          ]))
    }
  }
}
