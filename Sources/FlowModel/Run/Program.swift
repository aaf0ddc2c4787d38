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
    /// The flow is over, all well: a sub-flow goes back to its caller, the flow itself ends the run.
    case stop
    /// Into a block: a frame is put on the run's stack.
    case enter(Block)
    /// At the end of what the innermost frame holds: an `each` goes round, a `try` is done.
    case leave
    /// A branch of a `parallel` is through.
    case endBranch
  }

  /// A step that holds others, and where its parts stand.
  package final class Block: Sendable, Hashable {
    package let step: Step
    /// The instruction behind it.
    package let end: Int
    /// Of `try`: where `catch` begins.
    package let handler: Int?
    /// Of `parallel`: where each branch begins; of `flow`: where the sub-flow stands.
    package let entries: [Int]
    /// Of `each`: ids of the steps inside that may leave a result, which is forgotten with the next element.
    package let inner: [String]

    init(step: Step, end: Int, handler: Int? = nil, entries: [Int] = [], inner: [String] = []) {
      self.step = step
      self.end = end
      self.handler = handler
      self.entries = entries
      self.inner = inner
    }

    package static func == (left: Block, right: Block) -> Bool {
      left === right || (left.step == right.step && left.end == right.end && left.entries == right.entries)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(step.id) }
  }

  package let flow: Flow
  package let instructions: [Instruction]
  /// By instruction; nothing for those that only lead from one to another.
  package let marks: [Int: Mark]
  /// Where each `auto_reply` step stands, by step id: a fired timer begins there.
  package let autoReplies: [String: Int]
  /// The sub-flows, by where they begin.
  let regions: [Region]

  struct Region: Sendable {
    var start: Int
    var flow: Flow
  }

  package init(_ flow: Flow) {
    var compiler = ProgramCompiler()
    compiler.appendAll(of: flow)
    self.flow = flow
    self.instructions = compiler.instructions
    self.marks = compiler.marks
    self.autoReplies = compiler.autoReplies
    self.regions = compiler.regions
  }

  /// The flow that an instruction belongs to: this one, or one that it calls.
  func flow(at position: Int) -> Flow { regions.last { $0.start <= position }?.flow ?? flow }

  func block(at position: Int) -> Block? {
    guard instructions.indices.contains(position), case .enter(let block) = instructions[position] else { return nil }
    return block
  }

  /// The flow decides all the rest.
  package static func == (left: Program, right: Program) -> Bool { left === right || left.flow == right.flow }
  package func hash(into hasher: inout Hasher) { hasher.combine(flow) }
}
