import Testing

/// `switchboard simulate`, as a process.
@Suite struct SimulateTests {
  @Test(arguments: ["1", "2", "3"])
  func `one seed is the same play in every process, however its dictionaries are hashed`(nodes: String) throws {
    let program = try ProgramRun()
    let arguments = ["simulate", "--seed", "5", "--seeds", "3", "--nodes", nodes, "--json"]
    let first = try program.run(arguments)
    let second = try program.run(arguments, environment: ["SWIFT_DETERMINISTIC_HASHING": "1"])
    #expect(first.status == 0)
    #expect(first.output == second.output)
    #expect(first.output.contains("\"trace\""))
  }

  @Test func `a broken promise is named with the command that plays it again, and exits with 1`() throws {
    let run = try ProgramRun().run("simulate", "--seed", "1", "--mutant", "outbox-after-send")
    #expect(run.status == 1)
    #expect(run.output.contains("no call without its ledger entry"))
    #expect(
      run.output.contains("switchboard simulate --seed 1 --steps 40 --mutant outbox-after-send --trace"),
      "\(run.output)")
  }

  @Test func `a play of several nodes tells which of them did what`() throws {
    let run = try ProgramRun().run("simulate", "--seed", "7", "--nodes", "3", "--mutant", "lease-ignored", "--trace")
    #expect(run.status == 1)
    #expect(run.output.contains("node2  joined"), "\(run.output.prefix(2_000))")
    #expect(run.output.contains("switchboard simulate --seed 7 --steps 40 --nodes 3 --mutant lease-ignored --trace"))
  }

  @Test func `wrong usage exits with 2`() throws {
    #expect(try ProgramRun().run("simulate", "--steps", "0").status == 2)
    #expect(try ProgramRun().run("simulate", "--nodes", "0").status == 2)
    #expect(try ProgramRun().run("simulate", "--nodes", "6").status == 2)
    #expect(try ProgramRun().run("simulate", "--mutant", "unknown").status == 2)
  }
}
