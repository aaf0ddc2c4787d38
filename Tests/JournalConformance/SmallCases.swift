//! Values of connections, versions of flows, dedup keys of flows, and the end.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let smallThings: [ConformanceCase] = [
    ConformanceCase("a connection's values are kept, replaced and removed") { journal in
      try expectEqual(try await journal.connectionValue(connection: "desk", key: "offset"), .null)
      try await journal.setConnectionValue(connection: "desk", key: "offset", value: .int(.max))
      try await journal.setConnectionValue(connection: "avito", key: "offset", value: ["a": [1, nil, "х"]])
      try expectEqual(try await journal.connectionValue(connection: "desk", key: "offset"), .int(.max))
      try expectEqual(try await journal.connectionValue(connection: "avito", key: "offset"), ["a": [1, nil, "х"]])
      try await journal.setConnectionValue(connection: "desk", key: "offset", value: false)
      try expectEqual(try await journal.connectionValue(connection: "desk", key: "offset"), false)
      for _ in 0..<2 { try await journal.setConnectionValue(connection: "desk", key: "offset", value: .null) }
      try expectEqual(try await journal.connectionValue(connection: "desk", key: "offset"), .null)
    },
    ConformanceCase("a flow's version is found by its name and hash") { journal in
      let first = FlowVersion(project: "shop", flow: "desk", version: "aa", file: "f.yaml", source: "switchboard: 1\n")
      try await journal.saveFlowVersion(first)
      var second = first
      second.version = "bb"
      try await journal.saveFlowVersion(second)
      second.file = "moved.yaml"
      try await journal.saveFlowVersion(second)
      try expectEqual(try await journal.flowVersion(flow: "desk", version: "aa"), first)
      try expectEqual(try await journal.flowVersion(flow: "desk", version: "bb"), second)
      try expectEqual(try await journal.flowVersion(flow: "desk", version: "cc"), nil)
      try expectEqual(try await journal.flowVersion(flow: "aa", version: "desk"), nil)
    },
    ConformanceCase("a dedup key that is no longer kept can be taken again") { journal in
      let claim = { (run: RunID, seconds: Int64) in
        try await journal.claimDeduplicationKey(
          flow: "desk", key: "order 1", run: run, keepUntil: Sample.moment(seconds + 10), now: Sample.moment(seconds))
      }
      try expectEqual(try await claim(5, 1), true)
      try expectEqual(try await claim(6, 10), false)
      try expectEqual(try await claim(6, 11), true)
      try expectEqual(try await claim(7, 12), false)
    },
    ConformanceCase("a dedup key belongs to the run that took it first") { journal in
      let claim = { (flow: String, key: String, run: RunID) in
        try await journal.claimDeduplicationKey(
          flow: flow, key: key, run: run, keepUntil: Sample.moment(99), now: Sample.moment(1))
      }
      try expectEqual(try await claim("desk", "order 1", 5), true)
      try expectEqual(try await claim("desk", "order 1", 6), false)
      try expectEqual(try await claim("desk", "order 1", 5), true)
      try expectEqual(try await claim("other", "order 1", 6), true)
      try expectEqual(try await claim("desk", "", 6), true)
    },
    ConformanceCase("a closed journal says so to everybody") { journal in
      let run = try await Sample.run(in: journal)
      await journal.close()
      await journal.close()
      let change = Sample.change(run, .done)
      do {
        try await journal.commit(change)
        throw ConformanceFailure(description: "a closed journal took a change")
      } catch let error as JournalError {
        try expectEqual(error.code, .unavailable)
      }
      do {
        _ = try await journal.run(run)
        throw ConformanceFailure(description: "a closed journal answered")
      } catch let error as JournalError {
        try expectEqual(error.code, .unavailable)
      }
    },
  ]
}
