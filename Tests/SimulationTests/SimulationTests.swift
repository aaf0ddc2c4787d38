import Simulation
import Testing

/// Days of conversations in seconds: the whole engine on virtual time, from one seed each.
@Suite struct SimulationTests {
  /// Seeds that every run of the tests plays; `SWITCHBOARD_LONG` plays more.
  private static let seedCount: UInt64 = 400

  @Test func `the promises hold, whatever fails and whenever the engine dies`() async throws {
    var figures = SimulationFigures()
    for seed in 1...Self.seedCount {
      let report = await Simulation().play(seed: seed)
      figures.add(report.figures)
      #expect(report.violation == nil, "\(report.text(steps: Simulation.stepsStandard, mutant: .none))")
    }
    // A simulation in which nothing happens would find nothing.
    #expect(figures.events > 9_000 && figures.crashes > 500 && figures.stops > 150, "\(figures.text)")
    #expect(figures.repetitions > 700 && figures.timersFired > 700 && figures.publishes > 150, "\(figures.text)")
  }

  @Test func `a seed is one play, job by job`() async throws {
    for seed in UInt64(1)...20 {
      let first = await Simulation().play(seed: seed)
      let second = await Simulation().play(seed: seed)
      #expect(first.traceHash == second.traceHash, "seed \(seed) was played in two ways")
      #expect(first.figures == second.figures)
    }
  }
}
