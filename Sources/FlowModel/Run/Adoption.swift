//! Where work under way stands in another version of its flow: found by step id, or nowhere.

package enum Adoption {
  /// Why work stays with the version it began with; a short phrase, the same for the same cause, for counting.
  package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
  }

  /// A new state for the new version. `state` nil: the run has not begun. Throws when the place is not there.
  ///
  /// The place is the step with the same id, and it must do the same kind of thing to the same connection: parts of a
  /// message that were sent before are then parts of the message that the new version would send, and a call whose
  /// outcome is still unknown means the same call. Texts, conditions, policies and everything around the step may
  /// differ. What a run has set (`vars`) and the results of its steps stay; a step that it never passed has none.
  package static func adopt(
    _ state: RunState?, label: String, from old: Program, to new: Program
  ) throws(Refusal) -> RunState? {
    guard new.flow.triggers.contains(where: { $0.label == label }) else {
      throw Refusal("nothing listens as '\(label)'")
    }
    guard var state else { return nil }
    guard old.instructions.indices.contains(state.position),
      case .perform(let step) = old.instructions[state.position]
    else {
      // Before the first step there is no place to lose.
      if state.position == 0, state.sequence == 0, state.call == nil, state.autoReply == nil { return RunState() }
      throw Refusal("it stands at no step")
    }
    guard let position = new.place(ofStep: step.id), case .perform(let there) = new.instructions[position] else {
      throw Refusal("step '\(step.id)' is gone")
    }
    guard there.body.reaches == step.body.reaches else { throw Refusal("step '\(step.id)' does another thing") }
    state.position = position
    return state
  }
}

extension Program {
  /// The instruction that performs a step.
  func place(ofStep id: String) -> Int? {
    instructions.firstIndex { instruction in
      if case .perform(let step) = instruction { step.id == id } else { false }
    }
  }
}

extension StepBody {
  /// What kind of thing a step does, and to whom.
  fileprivate var reaches: String {
    switch self {
    case .rule: "rule"
    case .relay(let relay): "relay \(relay.target.reaches)"
    case .send(let send): "send \(send.target.reaches)"
    case .reply: "reply"
    case .autoReply: "auto_reply"
    case .set: "set"
    case .call(let call): "call \(call.connection) \(call.action)"
    case .filter, .route, .drop, .stop: ""
    }
  }
}

extension Relay.Target {
  fileprivate var reaches: String {
    switch self {
    case .origin: "origin"
    case .thread(let connection): "thread \(connection)"
    case .chat(let connection, _): "chat \(connection)"
    }
  }
}
