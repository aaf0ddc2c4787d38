//! How threads end, what becomes of a `parallel` when all of its branches have, and who takes a failure.
import SwitchboardSDK

extension RunMachine {
  /// The thread in focus has come to its end: the run's own ends the run, a branch's waits for the others.
  func end(_ end: BranchEnd, _ state: inout RunState, in context: inout RunContext) -> Output {
    guard !state.outer.isEmpty else { return Self.output(end, state) }
    state.unfocus(end)
    guard state.strand.branches?.allSatisfy({ $0.end != nil }) == true else { return .rest }
    return join(&state, in: &context)
  }

  private static func output(_ end: BranchEnd, _ state: RunState) -> Output {
    switch end {
    case .done, .stopped: .finish(outcome: state.sequence > 0 ? "delivered" : "done", isDead: false)
    case .dropped(let reason): .finish(outcome: "dropped: \(reason)", isDead: false)
    case .dead(let reason): .finish(outcome: "dead: \(reason)", isDead: true)
    case .parked(let reason): .park(reason: reason)
    case .failed(let fault): .park(reason: fault.text)
    }
  }

  /// The thread in focus stands in a `parallel`: its branches go on, or have all ended.
  func resumeBranches(_ state: inout RunState, in context: inout RunContext) -> Output {
    let path = state.path
    let live = (state.strand.branches ?? []).enumerated().filter { $0.element.end == nil }.map { path + [$0.offset] }
    return live.isEmpty ? join(&state, in: &context) : .fork(live)
  }

  /// All branches have ended: the worst end is that of the block.
  private func join(_ state: inout RunState, in context: inout RunContext) -> Output {
    guard let frame = state.strand.frames.last, let block = program.block(at: frame.position),
      case .parallel(let written) = block.step.body, let branches = state.strand.branches
    else { return end(.dead("a parallel ends that never began"), &state, in: &context) }
    let ends = branches.compactMap(\.end)
    let parked = ends.compactMap { if case .parked(let reason) = $0 { reason } else { nil } }
    if !parked.isEmpty { return end(.parked(parked.joined(separator: "; ")), &state, in: &context) }
    for case .dead(let reason) in ends { return end(.dead(reason), &state, in: &context) }
    if block.step.isNamed {
      let told = zip(written, ends).map { ($0.name, $1.told) }
      state.setResult(block.step.id, .map(Dictionary(told) { first, _ in first }))
    }
    // The branches have seen that the time is over.
    if let output = overdueBlock(block, &state, in: &context) { return output }
    for case .failed(let fault) in ends {
      state.strand.frames[state.strand.frames.count - 1].content = .plain
      return passOn(fault, block, &state, in: &context)
    }
    for case .dropped(let reason) in ends { return end(.dropped(reason), &state, in: &context) }
    state.strand.frames.removeLast()
    state.attempt = 0
    if ends.contains(.stopped) {
      guard returnFromFlow(&state, in: &context) else { return end(.stopped, &state, in: &context) }
    } else {
      state.position = block.end
    }
    return run(&state, in: &context)
  }

  private func overdueBlock(
    _ block: Program.Block, _ state: inout RunState, in context: inout RunContext
  ) -> Output? {
    guard state.strand.overdueFrame(at: context.now) != nil || state.isOuterOverdue(at: context.now) else { return nil }
    state.strand.frames[state.strand.frames.count - 1].content = .plain
    return overdue(&state, in: &context)
  }

  // MARK: Failures

  /// The innermost block itself has failed.
  func fault(
    _ code: String, _ text: String, _ block: Program.Block, _ state: inout RunState, in context: inout RunContext
  ) -> Output {
    passOn(Fault(code: code, text: text, step: block.step.id), block, &state, in: &context)
  }

  /// A failure that belongs to the innermost block: nobody in it takes it.
  private func passOn(
    _ fault: Fault, _ block: Program.Block, _ state: inout RunState, in context: inout RunContext
  ) -> Output {
    state.call = nil
    if let output = handled(fault, &state, in: &context) { return output }
    let last = outerPolicy(state) ?? program.flow(at: state.position).onError.last
    // Whoever tries again begins with the block anew.
    state.position = state.strand.frames.popLast()?.position ?? state.position
    state.attempt = 0
    switch last {
    case .park: return end(.parked(fault.text), &state, in: &context)
    case .deadLetter: return end(.dead(fault.text), &state, in: &context)
    case .skip:
      if block.step.isNamed { state.setResult(block.step.id, ["error": .text(fault.text)]) }
      state.position = block.end
      return run(&state, in: &context)
    }
  }

  /// Whoever is nearest takes the failure: a `try`, a block that is tried again, one that is skipped. Nil when nobody
  /// does: then the state is as it was.
  func handled(_ fault: Fault, _ state: inout RunState, in context: inout RunContext) -> Output? {
    for index in state.strand.frames.indices.reversed() {
      let frame = state.strand.frames[index]
      guard let block = program.block(at: frame.position), frame.takes(block) else { continue }
      state.strand.frames.removeSubrange((index + 1)...)
      state.call = nil
      state.attempt = 0
      return take(fault, frame, block, &state, in: &context)
    }
    let isTaken = state.outer.contains { around in
      around.strand.frames.contains { frame in program.block(at: frame.position).map(frame.takes) ?? false }
    }
    return isTaken ? end(.failed(fault), &state, in: &context) : nil
  }

  private func take(
    _ fault: Fault, _ frame: Frame, _ block: Program.Block, _ state: inout RunState, in context: inout RunContext
  ) -> Output {
    let last = state.strand.frames.count - 1
    if case .attempt = frame.content, let handler = block.handler {
      state.strand.frames[last].content = .handler(fault.value)
      state.strand.frames[last].deadline = nil
      state.position = handler
      return run(&state, in: &context)
    }
    state.strand.frames.removeLast()
    let attempt = frame.attempt + 1
    if let delay = block.step.onError?.retry.delayMilliseconds(afterAttempt: attempt, random: context.random()) {
      state.position = frame.position
      state.attempt = attempt
      return wait(until: context.now.adding(milliseconds: delay), fault.text, state)
    }
    if block.step.isNamed { state.setResult(block.step.id, ["error": .text(fault.text)]) }
    state.position = block.end
    return run(&state, in: &context)
  }

  /// What the innermost block around the position says of failures that nobody takes.
  func outerPolicy(_ state: RunState) -> ErrorPolicy.Last? {
    guard state.isNested else { return nil }
    for frames in state.threads {
      for frame in frames.reversed() {
        if let policy = program.block(at: frame.position)?.step.onError { return policy.last }
      }
    }
    return nil
  }
}

extension Frame {
  /// Whether a failure inside ends here.
  fileprivate func takes(_ block: Program.Block) -> Bool {
    if case .attempt = content { return true }
    guard let policy = block.step.onError else { return false }
    return policy.last == .skip || attempt < policy.retry.times
  }
}

extension BranchEnd {
  /// As later steps read it.
  fileprivate var told: Value {
    switch self {
    case .done: ["end": "done"]
    case .stopped: ["end": "stopped"]
    case .dropped(let reason): ["end": "dropped", "error": ["text": .text(reason)]]
    case .failed(let fault): ["end": "failed", "error": fault.value]
    case .dead(let reason): ["end": "dead", "error": ["text": .text(reason)]]
    case .parked(let reason): ["end": "parked", "error": ["text": .text(reason)]]
    }
  }
}
