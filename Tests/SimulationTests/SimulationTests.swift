import Simulation
import Testing

@Suite struct SimulationTests {
  @Test func `the promises hold, whatever fails and whenever the engine dies`() async throws {
    for seed in UInt64(1)...100 {
      let report = await Simulation().play(seed: seed)
      #expect(report.violation == nil, "seed \(seed): \(String(describing: report.violation))")
      print(seed, report.figures)
    }
  }
}
