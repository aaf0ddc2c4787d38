//! Bare Lua chunks in the sandbox, for tests of the sandbox itself: the attack corpus is written as such chunks.
package import FlowModel
package import SwitchboardSDK

package struct RuleChunkOutcome: Sendable {
  /// The text that the chunk returned, or the action of the decision it returned.
  package var result: Result<Value, RuleFailure>
  /// Most memory held above what was held before.
  package var peakBytes: Int
  package var instructions: Int
}

package enum RuleChunk {
  /// Runs chunks one after the other on one Lua thread, in one state; a state that tripped a budget is replaced, as for
  /// rules. Nil when there is no thread or no memory.
  package static func run(_ sources: [RuleSource], limits: RuleLimits = .call) -> [RuleChunkOutcome]? {
    LuaThread.run { () -> [RuleChunkOutcome]? in
      let call = RuleCall(
        project: "test", rule: "chunk", message: .map(["text": "Привет"]), conversation: .map([:]),
        now: Timestamp(milliseconds: 0), utcOffsetSeconds: 0, seed: 1, settings: .map([:]))
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
}
