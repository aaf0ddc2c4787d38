//! Bare Lua chunks in the sandbox, for tests of the sandbox itself: the attack corpus is written as such chunks.
package import FlowModel
package import SwitchboardSDK

package struct RuleChunkOutcome: Sendable {
  /// The text that the chunk returned, or the action of the decision it returned.
  package var result: Result<Value, RuleFailure>
  package var cost: RuleCost
}

package enum RuleChunk {
  /// What a chunk is run for: there are no `msg`, `conv` and `ctx` in it.
  static let call = RuleCall(
    project: "test", rule: "chunk", message: .map(["text": "Привет"]), conversation: .map([:]),
    now: Timestamp(milliseconds: 0), utcOffsetSeconds: 0, seed: 1, settings: .map([:]))

  /// Runs chunks one after the other on one Lua thread, in one state; a state that tripped a budget is replaced, as for
  /// rules. Nil when there is no thread or no memory.
  package static func run(_ sources: [RuleSource], limits: RuleLimits = .call) -> [RuleChunkOutcome]? {
    LuaThread.run { () -> [RuleChunkOutcome]? in
      guard var state = LuaState() else { return nil }
      var outcomes: [RuleChunkOutcome] = []
      for source in sources {
        if state.isSpent {
          guard let fresh = LuaState() else { return nil }
          state = fresh
        }
        outcomes.append(state.run(source, call, limits: limits))
      }
      return outcomes
    } ?? nil
  }

  /// The same in a worker process, and what became of it: how often it had to be started.
  package static func run(
    _ sources: [RuleSource], in program: RuleWorkerProgram, limits: RuleLimits = .call
  ) -> (outcomes: [RuleChunkOutcome], starts: Int)? {
    LuaThread.run {
      let keeper = WorkerKeeper(program: program, zones: nil)
      let outcomes = sources.map { keeper.run(chunk: $0, limits: limits) }
      return (outcomes, keeper.starts)
    }
  }
}

/// What a worker process is refused, and what becomes of one that misbehaves; for tests.
package enum RuleWorkerTrial {
  /// `open=1 socket=1 …`: the error number of each attempt; nil when there is no worker.
  package static func probe(_ program: RuleWorkerProgram) -> String? {
    LuaThread.run { WorkerKeeper(program: program, zones: nil).probe() } ?? nil
  }

  /// What the asker is told after each misdeed, and whether an honest chunk is answered afterwards.
  package static func misbehave(_ how: String, _ program: RuleWorkerProgram) -> (failure: RuleFailure?, lives: Bool)? {
    LuaThread.run {
      let keeper = WorkerKeeper(program: program, zones: nil)
      let failure = keeper.misbehave(how)
      let honest = RuleSource(name: "c", file: "c.lua", bytes: Array("return 'ok'".utf8))
      let answer = try? keeper.run(chunk: honest, limits: .call).result.get()
      return (failure, answer == .text("ok"))
    }
  }
}
