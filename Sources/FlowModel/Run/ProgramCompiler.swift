//! Lays a flow out flat: its own steps first, then each flow that it calls, once, however often it is called.

struct ProgramCompiler {
  private(set) var instructions: [Program.Instruction] = []
  private(set) var autoReplies: [String: Int] = [:]
  private(set) var regions: [Program.Region] = []
  /// Of the flow that is laid out: `greet/` for a sub-flow's steps, nothing for the flow's own.
  private var prefix = ""
  /// Calls whose flow has not been laid out yet.
  private var calls: [(at: Int, step: Step, end: Int, name: String)] = []

  mutating func appendAll(of flow: Flow) {
    append(flow.steps)
    emit(.stop)
    var entries: [String: Int] = [:]
    for (name, callee) in flow.callees.sorted(by: { $0.key < $1.key }) {
      entries[name] = instructions.count
      regions.append(Program.Region(start: instructions.count, flow: callee))
      prefix = "\(name)/"
      append(callee.steps)
      emit(.stop)
    }
    for call in calls {
      instructions[call.at] = .enter(
        Program.Block(step: call.step, end: call.end, entries: entries[call.name].map { [$0] } ?? []))
    }
  }

  private mutating func emit(_ instruction: Program.Instruction) { instructions.append(instruction) }

  private mutating func append(_ steps: [Step]) {
    for step in steps { append(step) }
  }

  private mutating func append(_ written: Step) {
    var step = written
    if !prefix.isEmpty { step.id = prefix + step.id }
    guard let condition = step.condition else { return appendBody(of: step) }
    let guardAt = reserve()
    appendBody(of: step)
    instructions[guardAt] = .jumpUnless(condition, target: instructions.count)
  }

  private mutating func appendBody(of step: Step) {
    switch step.body {
    case .filter(let expression, let otherwise): framed(step) { $0.append(filter: expression, otherwise) }
    case .route(let branches): framed(step) { $0.append(route: branches) }
    case .drop(let reason): emit(.drop(reason: reason))
    case .stop: emit(.stop)
    case .attempt(let steps, let handler): append(attempt: steps, handler, step)
    case .each(let each):
      let enterAt = reserve()
      append(each.steps)
      emit(.leave)
      let inner = each.steps.flatMap(\.namedIDs)
      instructions[enterAt] = .enter(Program.Block(step: step, end: instructions.count, inner: inner))
    case .parallel(let branches):
      let enterAt = reserve()
      var entries: [Int] = []
      for branch in branches {
        entries.append(instructions.count)
        append(branch.steps)
        emit(.endBranch)
      }
      instructions[enterAt] = .enter(Program.Block(step: step, end: instructions.count, entries: entries))
    case .flow(let call): calls.append((reserve(), step, instructions.count, call.name))
    case .autoReply:
      autoReplies[step.id] = instructions.count
      emit(.perform(step))
    case .rule, .relay, .reply, .send, .set, .call, .wait, .emit, .state, .fail: emit(.perform(step))
    }
  }

  /// A frame for a `filter` or `route` only where it has a policy or a deadline of its own: the others cost nothing.
  private mutating func framed(_ step: Step, _ body: (inout ProgramCompiler) -> Void) {
    guard step.onError != nil || step.timeoutMilliseconds != nil else { return body(&self) }
    let enterAt = reserve()
    body(&self)
    emit(.leave)
    instructions[enterAt] = .enter(Program.Block(step: step, end: instructions.count))
  }

  private mutating func append(filter expression: Expression, _ otherwise: FilterElse) {
    let testAt = reserve()
    let passAt = reserve()
    instructions[testAt] = .jumpUnless(expression, target: instructions.count)
    switch otherwise {
    case .drop(let reason): emit(.drop(reason: reason))
    case .stop: emit(.stop)
    case .steps(let steps):
      append(steps)
      emit(.stop)
    }
    instructions[passAt] = .jump(target: instructions.count)
  }

  private mutating func append(route branches: [Branch]) {
    var ends: [Int] = []
    for branch in branches {
      let testAt = branch.when.map { ($0, reserve()) }
      append(branch.steps)
      ends.append(reserve())
      if let (expression, at) = testAt { instructions[at] = .jumpUnless(expression, target: instructions.count) }
    }
    for end in ends { instructions[end] = .jump(target: instructions.count) }
  }

  private mutating func append(attempt steps: [Step], _ handler: [Step], _ step: Step) {
    let enterAt = reserve()
    append(steps)
    emit(.leave)
    let handlerAt = instructions.count
    append(handler)
    emit(.leave)
    instructions[enterAt] = .enter(Program.Block(step: step, end: instructions.count, handler: handlerAt))
  }

  /// A place to be filled in once its target is known; until then it goes on to the next instruction.
  private mutating func reserve() -> Int {
    instructions.append(.jump(target: instructions.count + 1))
    return instructions.count - 1
  }
}

extension Step {
  /// Ids under which this step and those inside leave results.
  var namedIDs: [String] {
    let own = isNamed ? [id] : []
    let inside: [[Step]] =
      switch body {
      case .filter(_, .steps(let steps)): [steps]
      case .route(let branches): branches.map(\.steps)
      case .attempt(let steps, let handler): [steps, handler]
      case .each(let each): [each.steps]
      case .parallel(let branches): branches.map(\.steps)
      case .filter, .rule, .relay, .reply, .send, .autoReply, .set, .call, .wait, .emit, .state, .drop, .stop, .fail,
        .flow:
        []
      }
    return own + inside.flatMap { $0.flatMap(\.namedIDs) }
  }
}
