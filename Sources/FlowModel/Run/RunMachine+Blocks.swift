//! Into blocks and out of them: `try`, `each`, `parallel`, sub-flows, and the deadlines of all.
import SwitchboardSDK

extension RunMachine {
  /// Nil: goes on with the next instruction.
  func enter(_ block: Program.Block, _ state: inout RunState, in context: inout RunContext) -> Output? {
    let step = block.step
    let scope = scope(state, context)
    let deadline = step.timeoutMilliseconds.map { context.now.adding(milliseconds: $0) }
    let position = state.position
    let depth = state.threads.reduce(0) { $0 + $1.count }
    func push(_ content: Frame.Content, _ state: inout RunState) {
      state.strand.frames.append(
        Frame(position: position, attempt: state.attempt, deadline: deadline, content: content))
      state.attempt = 0
    }
    guard depth < Limits.blockDepthMax else {
      push(.plain, &state)
      return fault("limit", "over \(Limits.blockDepthMax) blocks in blocks", block, &state, in: &context)
    }
    switch step.body {
    case .attempt: push(.attempt, &state)
    case .each(let each): return begin(each, block, list: each.list.evaluate(in: scope), push, &state, in: &context)
    case .flow(let call):
      guard let entry = block.entries.first else {
        push(.plain, &state)
        return fault("flow", "flow '\(call.name)' is not there", block, &state, in: &context)
      }
      push(.flow(CalledScope(flow: call.name, vars: call.arguments.mapValues { $0.evaluate(in: scope) })), &state)
      state.position = entry
      return nil
    case .parallel:
      push(.parallel(block.entries.map { RunBranch(strand: Strand(position: $0)) }), &state)
      return resumeBranches(&state, in: &context)
    default: push(.plain, &state)
    }
    state.position += 1
    return nil
  }

  private func begin(
    _ each: Each, _ block: Program.Block, list: Value, _ push: (Frame.Content, inout RunState) -> Void,
    _ state: inout RunState, in context: inout RunContext
  ) -> Output? {
    guard let items = list.listValue else {
      if list.isNull {
        finish(block, .list([]), &state)
        return nil
      }
      push(.plain, &state)
      return fault("type", "'each' goes through a list, this is none", block, &state, in: &context)
    }
    guard let first = items.indices.first else {
      finish(block, .list([]), &state)
      return nil
    }
    guard items.count <= Limits.eachItemsMax else {
      push(.plain, &state)
      return fault("limit", "\(items.count) elements, at most \(Limits.eachItemsMax)", block, &state, in: &context)
    }
    guard list.roughBytes <= Limits.eachBytesMax else {
      push(.plain, &state)
      return fault("limit", "a list over \(Limits.eachBytesMax) bytes", block, &state, in: &context)
    }
    push(.each(Round(items: items, index: first)), &state)
    forget(block, &state)
    state.position += 1
    return nil
  }

  /// At the end of what the innermost frame holds. Nil: goes on with the next instruction.
  func leave(_ state: inout RunState, in context: inout RunContext) -> Output? {
    guard let frame = state.strand.frames.last, let block = program.block(at: frame.position) else {
      return end(.dead("a block ends that never began"), &state, in: &context)
    }
    guard case .each(var round) = frame.content, case .each(let each) = block.step.body else {
      state.strand.frames.removeLast()
      state.position = block.end
      return nil
    }
    let result = each.result?.evaluate(in: scope(state, context)) ?? lastResult(of: each, block, state)
    round.results.append(result)
    round.index += 1
    guard round.index < round.items.count else {
      state.strand.frames.removeLast()
      finish(block, .list(round.results), &state)
      return nil
    }
    state.strand.frames[state.strand.frames.count - 1].content = .each(round)
    guard Value.list(round.results).roughBytes <= Limits.eachBytesMax else {
      return fault("limit", "results over \(Limits.eachBytesMax) bytes", block, &state, in: &context)
    }
    forget(block, &state)
    state.position = frame.position + 1
    return nil
  }

  /// The block is done, with this result.
  private func finish(_ block: Program.Block, _ result: Value, _ state: inout RunState) {
    if block.step.isNamed { state.setResult(block.step.id, result) }
    state.attempt = 0
    state.position = block.end
  }

  /// No element reads what another one left.
  private func forget(_ block: Program.Block, _ state: inout RunState) {
    for id in block.inner { state.setResult(id, nil) }
  }

  private func lastResult(of each: Each, _ block: Program.Block, _ state: RunState) -> Value {
    guard let last = each.steps.last, last.isNamed else { return .null }
    return state.scopeResults[last.id] ?? .null
  }

  // MARK: Sub-flows

  /// `stop`: false when no sub-flow of this thread is there to come back from.
  func returnFromFlow(_ state: inout RunState, in context: inout RunContext) -> Bool {
    guard !state.strand.frames.isEmpty,
      let index = state.strand.frames.lastIndex(where: { if case .flow = $0.content { true } else { false } }),
      let block = program.block(at: state.strand.frames[index].position)
    else { return false }
    state.strand.frames.removeSubrange((index + 1)...)
    var result = Value.null
    if case .flow(let call) = block.step.body, let expression = program.flow.callees[call.name]?.result {
      result = expression.evaluate(in: scope(state, context))
    }
    state.strand.frames.removeLast()
    finish(block, result, &state)
    return true
  }

  // MARK: Time and limits

  /// What is left for a call: its own time, and that of the blocks around it.
  func timeLeft(_ step: Step, _ state: RunState, in context: RunContext) -> Int64? {
    guard let deadline = state.deadline else { return step.timeoutMilliseconds }
    let left = max(deadline.millisecondsSince(context.now), 1)
    return min(step.timeoutMilliseconds ?? left, left)
  }

  func wait(until moment: Timestamp, _ reason: String, _ state: RunState) -> Output {
    .wait(until: state.deadline.map { min($0, moment) } ?? moment, reason: reason)
  }

  /// A block around the position has taken too long. Asked before anything is begun or tried again; a call that
  /// succeeds is noted all the same.
  func overdue(_ state: inout RunState, in context: inout RunContext) -> Output? {
    // Branches see to themselves first.
    guard state.strand.branches == nil else { return nil }
    if let index = state.strand.overdueFrame(at: context.now),
      let block = program.block(at: state.strand.frames[index].position)
    {
      state.strand.frames.removeSubrange((index + 1)...)
      state.strand.frames[index].deadline = nil
      let text = "not done within \(block.step.timeoutMilliseconds ?? 0) ms"
      return fault("timeout", text, block, &state, in: &context)
    }
    guard state.isOuterOverdue(at: context.now) else { return nil }
    return end(.failed(Fault(code: "timeout", text: "the time is over", step: "")), &state, in: &context)
  }

  /// Before each step in a block. Only those in lists are counted: a `catch` around them has steps left.
  func count(_ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output? {
    if let output = overdue(&state, in: &context) { return output }
    guard state.isInEach else { return nil }
    state.stepCount += 1
    guard state.stepCount > Limits.stepsPerRunMax else { return nil }
    return failed(
      StepFailure(code: "limit", text: "over \(Limits.stepsPerRunMax) steps in one run", isRetryable: false),
      step: step, &state, in: &context)
  }
}

extension Value {
  /// About as many as its JSON has.
  var roughBytes: Int {
    switch self {
    case .null, .bool: 5
    case .int, .double: 12
    case .text(let text): text.utf8.count + 2
    case .list(let elements): elements.reduce(2) { $0 + $1.roughBytes + 1 }
    case .map(let members): members.reduce(2) { $0 + $1.key.utf8.count + $1.value.roughBytes + 4 }
    }
  }
}
