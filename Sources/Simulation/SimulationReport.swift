//! What came of a play, for people and for programs.
package import SwitchboardSDK

package struct SimulationReport: Sendable {
  package var seed: UInt64
  /// As asked for; nil when the seed said.
  package var nodes: Int?
  package var violation: Violation?
  package var figures: SimulationFigures
  /// Equal for two plays exactly if they were the same in every job, write and call.
  package var traceHash: UInt64
  /// Empty unless asked for.
  package var lines: [String]

  package func text(steps: Int, mutant: Mutant) -> String {
    guard let violation else { return "seed \(seed): every promise was kept" }
    return """
      seed \(seed), step \(violation.step), \(violation.milliseconds) ms: \(violation.invariant.rawValue)
        \(violation.detail)
        again: \(command(steps: steps, mutant: mutant))
      """
  }

  package func value(steps: Int, mutant: Mutant) -> Value {
    var members: [String: Value] = [
      "seed": .text("\(seed)"), "trace": .text(String(traceHash, radix: 16)), "figures": figures.value,
    ]
    if let violation {
      members["invariant"] = .text(violation.invariant.rawValue)
      members["detail"] = .text(violation.detail)
      members["step"] = .int(Int64(violation.step))
      members["milliseconds"] = .int(violation.milliseconds)
      members["again"] = .text(command(steps: steps, mutant: mutant))
    }
    return .map(members)
  }

  private func command(steps: Int, mutant: Mutant) -> String {
    let planted = mutant == .none ? "" : " --mutant \(mutant.rawValue)"
    let shared = nodes.map { " --nodes \($0)" } ?? ""
    return "switchboard simulate --seed \(seed) --steps \(steps)\(shared)\(planted) --trace"
  }
}

/// What has happened in a play: one in which nothing happens would find nothing.
package struct SimulationFigures: Sendable, Hashable {
  package var events = 0
  package var calls = 0
  package var crashes = 0
  package var stops = 0
  /// Events that their source sent again though they had been taken.
  package var repeats = 0
  /// Calls performed again because the ledger said unknown.
  package var repetitions = 0
  package var timersFired = 0
  package var mended = 0
  package var publishes = 0
  package var clockJumps = 0
  /// Of the worlds, those in which several nodes share a store, and what happened to nodes there.
  package var sharedWorlds = 0
  package var hangs = 0
  package var cutOffs = 0
  package var joins = 0
  package var leaves = 0
  package var forwards = 0
  /// Times that a dead node's leases were looked for ten seconds later.
  package var takeOvers = 0
  package var jobs = 0
  package var virtualMilliseconds: Int64 = 0

  package init() {}

  package mutating func add(_ other: SimulationFigures) {
    for figure in Self.all { self[keyPath: figure.path] += other[keyPath: figure.path] }
    virtualMilliseconds += other.virtualMilliseconds
  }

  package var text: String {
    (Self.all.map { "\($0.name) \(self[keyPath: $0.path])" } + ["virtual_seconds \(virtualMilliseconds / 1_000)"])
      .joined(separator: ", ")
  }

  package var value: Value {
    var members: [String: Value] = ["virtual_seconds": .int(virtualMilliseconds / 1_000)]
    for figure in Self.all { members[figure.name] = .int(Int64(self[keyPath: figure.path])) }
    return .map(members)
  }

  private static var all: [(name: String, path: WritableKeyPath<SimulationFigures, Int>)] {
    [
      ("events", \.events), ("calls", \.calls), ("crashes", \.crashes), ("stops", \.stops), ("repeats", \.repeats),
      ("repetitions", \.repetitions), ("timers_fired", \.timersFired), ("mended", \.mended),
      ("shared_worlds", \.sharedWorlds), ("hangs", \.hangs), ("cut_offs", \.cutOffs), ("joins", \.joins),
      ("leaves", \.leaves), ("forwards", \.forwards), ("take_overs", \.takeOvers),
      ("publishes", \.publishes), ("clock_jumps", \.clockJumps), ("jobs", \.jobs),
    ]
  }
}
