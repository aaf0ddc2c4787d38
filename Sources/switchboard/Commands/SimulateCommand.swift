//! `switchboard simulate`: plays seeds of the deterministic simulation and names the promise that breaks.
import ArgumentParser
import Foundation
import Simulation
import SwitchboardSDK

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Plays the whole engine on virtual time, from a seed, with crashes and failing channels.",
    discussion: """
      One seed is one play: the same on every machine, job by job. A broken promise is named with its seed and the
      command that plays it again.

      Exit 0: every promise was kept. 1: one was broken (with --mutant: that is what should happen). 2: wrong usage.

      Example:  switchboard simulate --seed 1 --seeds 2000
                switchboard simulate --seed 68 --steps 40 --trace
                switchboard simulate --seed 7 --nodes 3 --trace
      """)

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  @Option(help: "How many seeds, counting up.")
  var seeds: UInt64 = 1

  @Option(help: "Steps of each play: messages and troubles.")
  var steps = Simulation.stepsStandard

  @Option(help: "Nodes that share one store, 1 to \(Simulation.nodesMax). Without it the seed says.")
  var nodes: Int?

  @Option(help: "Plants a fault in the engine: \(Mutant.allCases.map(\.rawValue).joined(separator: ", ")).")
  var mutant = Mutant.none

  @Flag(help: "Prints every write, call and acknowledgement.")
  var trace = false

  @Flag(help: "The result as JSON.")
  var json = false

  func validate() throws {
    guard (1...100_000).contains(steps) else { throw ValidationError("--steps is between 1 and 100000") }
    guard nodes.map({ (1...Simulation.nodesMax).contains($0) }) ?? true else {
      throw ValidationError("--nodes is between 1 and \(Simulation.nodesMax)")
    }
    guard seeds >= 1, seeds <= 10_000_000, seed <= UInt64.max - seeds else {
      throw ValidationError("--seeds is between 1 and 10000000")
    }
  }

  func run() async throws {
    let simulation = Simulation(steps: steps, mutant: mutant, keepsTrace: trace, nodes: nodes)
    var figures = SimulationFigures()
    var broken: [SimulationReport] = []
    var hash: UInt64 = 0
    for seed in seed..<(seed + seeds) {
      let report = await simulation.play(seed: seed)
      figures.add(report.figures)
      hash = hash &* 0x100_0000_01B3 ^ report.traceHash
      for line in report.lines { print(line) }
      guard report.violation != nil else { continue }
      broken.append(report)
      if !json { print(report.text(steps: steps, mutant: mutant)) }
    }
    if json {
      print(JSON.text(value(figures, broken, hash)))
    } else {
      print("\(seeds) seed\(seeds == 1 ? "" : "s"), \(broken.count) broken; \(figures.text); trace \(hex(hash))")
    }
    if !broken.isEmpty { throw ExitCode(1) }
  }

  private func value(_ figures: SimulationFigures, _ broken: [SimulationReport], _ hash: UInt64) -> Value {
    [
      "first_seed": .text("\(seed)"), "seeds": .int(Int64(clamping: seeds)), "steps": .int(Int64(steps)),
      "mutant": .text(mutant.rawValue), "trace": .text(hex(hash)), "figures": figures.value,
      "broken": .list(broken.map { $0.value(steps: steps, mutant: mutant) }),
    ]
  }

  private func hex(_ number: UInt64) -> String { String(number, radix: 16) }
}

extension Mutant: ExpressibleByArgument {}
