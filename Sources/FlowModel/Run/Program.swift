//! A flow's tree of steps laid out flat, so that where a run stands is one number and a run can be taken up
//! again after any stop.

/// A class, because every run carries one through every room: a copy is one reference.
package final class Program: Sendable, Hashable {
  package enum Instruction: Sendable, Hashable {
    /// Do a step, then go on with the next instruction.
    case perform(Step)
    /// Go to `target` unless the expression is true.
    case jumpUnless(Expression, target: Int)
    case jump(target: Int)
    /// The run is over: `dropped: reason`.
    case drop(reason: String)
    /// The run is over, all well.
    case stop
  }

  package let flow: Flow
  package let instructions: [Instruction]
  /// Where each `auto_reply` step stands, by step id: a fired timer begins there.
  package let autoReplies: [String: Int]

  package init(_ flow: Flow) {
    var compiler = ProgramCompiler()
    compiler.append(flow.steps)
    compiler.emit(.stop)
    self.flow = flow
    self.instructions = compiler.instructions
    self.autoReplies = compiler.autoReplies
  }

  /// The flow decides all the rest.
  package static func == (left: Program, right: Program) -> Bool { left === right || left.flow == right.flow }
  package func hash(into hasher: inout Hasher) { hasher.combine(flow) }
}

private struct ProgramCompiler {
  private(set) var instructions: [Program.Instruction] = []
  private(set) var autoReplies: [String: Int] = [:]

  mutating func emit(_ instruction: Program.Instruction) { instructions.append(instruction) }

  mutating func append(_ steps: [Step]) {
    for step in steps { append(step) }
  }

  private mutating func append(_ step: Step) {
    guard let condition = step.condition else { return appendBody(of: step) }
    let guardAt = reserve()
    appendBody(of: step)
    instructions[guardAt] = .jumpUnless(condition, target: instructions.count)
  }

  private mutating func appendBody(of step: Step) {
    switch step.body {
    case .filter(let expression, let otherwise):
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
    case .route(let branches):
      var ends: [Int] = []
      for branch in branches {
        let testAt = branch.when.map { ($0, reserve()) }
        append(branch.steps)
        ends.append(reserve())
        if let (expression, at) = testAt { instructions[at] = .jumpUnless(expression, target: instructions.count) }
      }
      for end in ends { instructions[end] = .jump(target: instructions.count) }
    case .drop(let reason): emit(.drop(reason: reason))
    case .stop: emit(.stop)
    case .autoReply:
      autoReplies[step.id] = instructions.count
      emit(.perform(step))
    case .rule, .relay, .reply, .send, .set, .call: emit(.perform(step))
    }
  }

  /// A place to be filled in once its target is known; until then it goes on to the next instruction.
  private mutating func reserve() -> Int {
    instructions.append(.jump(target: instructions.count + 1))
    return instructions.count - 1
  }
}
