import FlowModel
import Foundation
import RuleAttacks
import RuleEngine
import SwitchboardSDK
import Synchronization
import Testing

/// Rules in worker processes of the real program.
@Suite struct RuleWorkerTests {
  private func program() throws -> RuleWorkerProgram { RuleWorkerProgram(path: try Program.binary().path) }

  private func objections(of attacks: [RuleAttack], canary: RuleAttack) throws -> [String] {
    let scripts = attacks.flatMap { [$0, canary] }
    let (outcomes, starts) = try #require(RuleChunk.run(scripts.map(\.source), in: program()))
    // Budgets end a script inside the worker: none of these gets it killed.
    #expect(starts == 1)
    return zip(scripts, outcomes).compactMap { script, outcome in
      script.objection(to: outcome).map { "\(script.name): \($0)" }
    }
  }

  @Test func `every attack of our own ends in a worker as it does on a thread`() throws {
    #expect(try objections(of: RuleAttack.own, canary: .canary) == [])
  }

  @Test(.enabled(if: RuleAttack.sharedFolder != nil, "skipped: no shared/attacks/lua beside the checkout"))
  func `every script of the corpus meets its verdict in a worker`() throws {
    let canary = try #require(RuleAttack.shared.first { $0.name == "canary.lua" })
    #expect(try objections(of: RuleAttack.shared, canary: canary) == [])
  }

  @Test func `a worker can open, connect, start and signal nothing`() throws {
    let report = try #require(RuleWorkerTrial.probe(program()))
    let refused = report.split(separator: " ").map { $0.split(separator: "=").map(String.init) }
    let names = [
      "open", "create", "socket", "unix", "clone", "execve", "kill", "ptrace", "getppid", "prctl", "setrlimit",
      "unlink", "exec_memory",
    ]
    #expect(refused.map { $0.first ?? "" } == names)
    #expect(refused.allSatisfy { $0.last == String(EPERM) }, "\(report)")
  }

  @Test(arguments: [
    ("crash", RuleFailure.Code.failed, "ended by signal 11"), ("spin", .time, "its process was ended"),
    ("hoard", .failed, "its process ended"), ("babble", .failed, "gave no proper answer"),
  ])
  func `a worker that breaks costs one answer, and the next is given by another`(
    how: String, code: RuleFailure.Code, detail: String
  ) throws {
    let outcome = try #require(RuleWorkerTrial.misbehave(how, program()))
    #expect(outcome.failure?.code == code)
    let told = try #require(outcome.failure).detail
    #expect(told.contains(detail), "\(told)")
    #expect(outcome.lives)
  }

  @Test func `a project in isolation decides as one on threads, with zones, state, prints and errors`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let rule = """
      return rule {
        on_message = function(msg, conv, ctx)
          if msg.text == "ошибка" then error("нет") end
          if msg.text == "петля" then while true do end end
          print("asked", msg.text)
          conv.state.asked = (conv.state.asked or 0) + 1
          local far = time.at(ctx.now, "Asia/Vladivostok")
          return reply(far.clock .. " " .. ctx.random(1000000)):tag(text.stem("доставкой")):set("n", conv.state.asked)
        end,
      }
      """
    try Data(rule.utf8).write(to: folder.appendingPathComponent("reply.lua"))
    let printed = Mutex<[RuleLog]>([])
    let engine = RuleEngine(
      threadCount: 1, monotonicMilliseconds: { 0 }, isolation: ["apart": .process], worker: try program(),
      zones: { _, zone, _ in zone == "Asia/Vladivostok" ? 36_000 : nil },
      onPrint: { log in printed.withLock { $0.append(log) } })
    for project in ["apart", "near"] { #expect(engine.load(project: project, directory: folder.path) == []) }
    func call(_ project: String, _ text: String) -> RuleCall {
      RuleCall(
        project: project, rule: "reply", message: ["id": "1", "text": .text(text), "kind": "message"],
        conversation: ["key": "k", "name": "n", "state": ["asked": 1]], now: Timestamp(seconds: 1_772_434_800),
        utcOffsetSeconds: 10_800, seed: 3, settings: .map([:]))
    }
    func outcome(_ project: String, _ text: String) async -> Result<RuleDecision, RuleFailure> {
      do throws(RuleFailure) { return .success(try await engine.judge(call(project, text))) } catch {
        return .failure(error)
      }
    }
    for text in ["привет", "ошибка", "петля", "привет"] {
      let apart = await outcome("apart", text), near = await outcome("near", text)
      #expect(apart == near, "\(text)")
    }
    let decision = try await outcome("apart", "ещё").get()
    #expect(decision.reply?.hasPrefix("17:00 ") == true)
    #expect(decision.state == ["asked": 2] && decision.values == ["n": 2] && decision.tags == ["доставк"])
    #expect(printed.withLock { $0.filter { $0.project == "apart" }.map(\.lines) }
      == [["asked\tпривет"], ["asked\tпривет"], ["asked\tещё"]])
    let broken = RuleSource(name: "reply", file: "reply.lua", bytes: Array("return 5".utf8))
    #expect(engine.refusal(of: broken, project: "apart") == engine.refusal(of: broken, project: "near"))
    #expect(engine.refusal(of: broken, project: "apart")?.code == .noRule)
    await engine.shutdown()
  }
}
