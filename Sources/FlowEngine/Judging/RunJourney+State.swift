//! Values of the project: looked up, and changed in the transaction that carries the run behind its step.
import FlowModel
import JournalCore
import SwitchboardSDK

extension RunJourney {
  /// Nil when the value could not be looked up or stored: the step is still to be done. When somebody else changes the
  /// value in between, it is worked out anew from what they have made of it.
  mutating func keep(_ request: StateRequest, of branch: BranchPath) async -> RunMachine.Advance? {
    while true {
      let found = try? await walk.persist { () async throws(JournalError) in
        try await walk.journal.projectState(project: run.project, key: request.key)
      }
      guard let found else { return nil }
      context.now = walk.ports.clock.now()
      let (before, contextBefore) = (state, context)
      switch request.applied(to: found, at: context.now) {
      case .failure(let fault):
        return machine.advance(&state, on: .kept(.failure(fault)), of: branch, in: &context)
      case .success((let result, nil)):
        return machine.advance(&state, on: .kept(.success(result)), of: branch, in: &context)
      case .success((let result, .some(let change))):
        let next = machine.advance(&state, on: .kept(.success(result)), of: branch, in: &context)
        switch await committed(.running, values: [change]) {
        case .done: return next
        case .refused: return nil
        case .conflict: (state, context) = (before, contextBefore)
        }
      }
    }
  }
}
