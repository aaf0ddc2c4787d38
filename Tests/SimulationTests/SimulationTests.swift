import Foundation
import Simulation
import Testing

/// Days of conversations in seconds: the whole engine on virtual time, from one seed each.
@Suite struct SimulationTests {
  private static let isLong = ProcessInfo.processInfo.environment["SWITCHBOARD_LONG"] != nil
  private static let seedCount: UInt64 = isLong ? 50_000 : 2_000
  /// Seeds are played side by side: each has its own executor, clock and world.
  private static let strands: UInt64 = 4

  @Test func `the promises hold, whatever fails and whenever the engine dies`() async throws {
    let figures = await withTaskGroup(of: SimulationFigures.self) { group in
      for strand in 1...Self.strands { group.addTask { await Self.play(strand) } }
      return await group.reduce(into: SimulationFigures()) { $0.add($1) }
    }
    print("simulation: \(Self.seedCount) seeds, \(figures.text)")
    // A simulation in which nothing happens would find nothing.
    let seeds = Int(Self.seedCount)
    #expect(figures.events > 20 * seeds && figures.crashes > seeds && figures.stops > seeds / 4, "\(figures.text)")
    #expect(figures.repetitions > 2 * seeds && figures.timersFired > 2 * seeds, "\(figures.text)")
    #expect(figures.publishes > seeds / 4 && figures.clockJumps > seeds / 20, "\(figures.text)")
    let shared = figures.sharedWorlds
    #expect(shared > seeds / 20 && figures.hangs > shared / 4 && figures.cutOffs > shared / 4, "\(figures.text)")
    #expect(figures.joins > shared / 20 && figures.leaves > shared / 5, "\(figures.text)")
    #expect(figures.forwards > shared && figures.takeOvers > shared / 20, "\(figures.text)")
  }

  private static func play(_ strand: UInt64) async -> SimulationFigures {
    var figures = SimulationFigures()
    for seed in stride(from: strand, through: seedCount, by: Int(strands)) {
      let report = await Simulation().play(seed: seed)
      figures.add(report.figures)
      #expect(report.violation == nil, "\(report.text(steps: Simulation.stepsStandard, mutant: .none))")
    }
    return figures
  }

  @Test func `seeds that once failed do not fail again`() async throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "regression-seeds.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(!lines.isEmpty)
    for line in lines {
      let words = line.split(separator: " ")
      let seed = try #require(words.first.flatMap { UInt64($0) }, "\(line)")
      let steps = try #require(words.dropFirst().first.flatMap { Int($0) }, "\(line)")
      let nodes = words.count > 2 ? try #require(Int(words[2]), "\(line)") : 1
      let report = await Simulation(steps: steps, nodes: nodes).play(seed: seed)
      #expect(report.violation == nil, "\(report.text(steps: steps, mutant: .none))")
    }
  }

  /// Dictionaries are hashed anew in each play: their order decides nothing.
  @Test(arguments: [(nodes: 1, seeds: 20), (2, 5), (3, 5)])
  func `a seed is one play, job by job`(nodes: Int, seeds: UInt64) async throws {
    for seed in 1...seeds {
      let first = await Simulation(nodes: nodes).play(seed: seed)
      let second = await Simulation(keepsTrace: true, nodes: nodes).play(seed: seed)
      #expect(first.traceHash == second.traceHash, "seed \(seed) was played in two ways")
      #expect(first.figures == second.figures)
      #expect(second.lines.count > 10)
    }
  }
}
