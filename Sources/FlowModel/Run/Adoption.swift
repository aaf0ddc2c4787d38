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
  /// outcome is still unknown means the same call. The blocks around it must be the same. Texts, conditions, policies
  /// and other steps may differ. What a run has set (`vars`) and the results of its steps stay; a step that it never
  /// passed has none.
  package static func adopt(
    _ state: RunState?, label: String, from old: Program, to new: Program
  ) throws(Refusal) -> RunState? {
    guard new.flow.triggers.contains(where: { $0.label == label }) else {
      throw Refusal("nothing listens as '\(label)'")
    }
    guard var state else { return nil }
    // Before the first step there is no place to lose.
    if state == RunState() { return RunState() }
    guard state.autoReply == nil else {
      // Of the blocks around it nothing was left when it was put off.
      state.position = try place(state.position, from: old, to: new)
      return state
    }
    state.strand = try adopt(state.strand, around: [], from: old, to: new)
    return state
  }

  /// `around`: blocks of the new program that the strand as a whole stands in.
  private static func adopt(
    _ strand: Strand, around: [Int], from old: Program, to new: Program
  ) throws(Refusal) -> Strand {
    var adopted = strand
    var chain = around
    for (index, frame) in strand.frames.enumerated() {
      let position = try place(frame.position, from: old, to: new)
      try check(position, in: chain, of: new)
      adopted.frames[index].position = position
      chain.append(position)
      if case .flow = frame.content { chain = [] }
      if case .parallel(let branches) = frame.content, let block = new.block(at: position) {
        adopted.frames[index].content = .parallel(try adopt(branches, block, around: chain, from: old, to: new))
        adopted.position = position
        return adopted
      }
    }
    adopted.position = try place(strand.position, from: old, to: new)
    try check(adopted.position, in: chain, of: new)
    try checkParts(adopted, of: new)
    return adopted
  }

  private static func adopt(
    _ branches: [RunBranch], _ block: Program.Block, around: [Int], from old: Program, to new: Program
  ) throws(Refusal) -> [RunBranch] {
    var adopted = branches
    guard branches.count == block.entries.count else { throw Refusal("step '\(block.step.id)' has other branches") }
    for (index, branch) in branches.enumerated() where branch.end == nil || branch.end?.mayGoOn == true {
      adopted[index].strand = try adopt(branch.strand, around: around, from: old, to: new)
      let first = adopted[index].strand.frames.first?.position ?? adopted[index].strand.position
      let end = index + 1 < block.entries.count ? block.entries[index + 1] : block.end
      guard (block.entries[index]..<end).contains(first) else {
        throw Refusal("step '\(block.step.id)' has other branches")
      }
    }
    return adopted
  }

  private static func check(_ position: Int, in chain: [Int], of new: Program) throws(Refusal) {
    guard new.blocks(around: position) != chain else { return }
    throw Refusal("step '\(new.step(at: position)?.id ?? "")' stands in other blocks")
  }

  /// A step of a `try` stays in its `try`, one of a `catch` in its `catch`.
  private static func checkParts(_ strand: Strand, of new: Program) throws(Refusal) {
    for (index, frame) in strand.frames.enumerated() {
      guard let block = new.block(at: frame.position), let handler = block.handler else { continue }
      let inner = index + 1 < strand.frames.count ? strand.frames[index + 1].position : strand.position
      let isInHandler = inner >= handler
      if case .attempt = frame.content, isInHandler { throw Refusal("step '\(block.step.id)' has other parts") }
      if case .handler = frame.content, !isInHandler { throw Refusal("step '\(block.step.id)' has other parts") }
    }
  }

  private static func place(_ position: Int, from old: Program, to new: Program) throws(Refusal) -> Int {
    guard let step = old.step(at: position) else { throw Refusal("it stands at no step") }
    guard let there = new.place(ofStep: step.id), let same = new.step(at: there) else {
      throw Refusal("step '\(step.id)' is gone")
    }
    guard same.body.reaches == step.body.reaches else { throw Refusal("step '\(step.id)' does another thing") }
    return there
  }
}

extension BranchEnd {
  fileprivate var mayGoOn: Bool {
    switch self {
    case .dead, .parked: true
    case .done, .stopped, .dropped, .failed: false
    }
  }
}

extension Program {
  /// The instruction that performs a step, or enters its block.
  func place(ofStep id: String) -> Int? { instructions.indices.first { step(at: $0)?.id == id } }

  /// The blocks that an instruction stands in, outermost first; of a sub-flow only its own.
  func blocks(around position: Int) -> [Int] {
    instructions.indices.filter { at in
      guard at < position, case .enter(let block) = instructions[at] else { return false }
      return position < block.end
    }
  }

  func step(at position: Int) -> Step? {
    guard instructions.indices.contains(position) else { return nil }
    switch instructions[position] {
    case .perform(let step): return step
    case .enter(let block): return block.step
    case .jump, .jumpUnless, .drop, .stop, .leave, .endBranch: return nil
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
    case .wait: "wait"
    case .emit: "emit"
    case .state: "state"
    case .fail: "fail"
    case .filter: "filter"
    case .route: "route"
    case .attempt: "try"
    case .each: "each"
    case .parallel(let branches): "parallel \(branches.map(\.name).joined(separator: " "))"
    case .flow(let call): "flow \(call.name)"
    case .drop, .stop: ""
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
