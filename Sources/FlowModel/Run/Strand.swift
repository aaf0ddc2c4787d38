//! One thread of a run: where it stands and the blocks it stands in. A run has one; inside `parallel`, one a branch.
package import SwitchboardSDK

package struct Strand: Sendable, Hashable {
  /// Index of the instruction under way or next.
  package var position: Int
  /// Failed attempts of the call, rule or block under way.
  package var attempt: Int
  /// The call under way within the current step.
  package var call: CallProgress?
  /// The blocks around the position, outermost first.
  package var frames: [Frame]

  package init(position: Int = 0, attempt: Int = 0, call: CallProgress? = nil, frames: [Frame] = []) {
    self.position = position
    self.attempt = attempt
    self.call = call
    self.frames = frames
  }
}

/// A block that a run is in.
package struct Frame: Sendable, Hashable {
  /// The block's `enter` instruction.
  package var position: Int
  /// The block has failed so often.
  package var attempt: Int
  package var deadline: Timestamp?
  package var content: Content

  package enum Content: Sendable, Hashable {
    /// A `filter` or `route` with a policy or a deadline.
    case plain
    /// Inside `try`.
    case attempt
    /// Inside `catch`: what it caught.
    case handler(Value)
    case each(Round)
    case flow(CalledScope)
    case parallel([RunBranch])
  }

  package init(position: Int, attempt: Int = 0, deadline: Timestamp? = nil, content: Content) {
    self.position = position
    self.attempt = attempt
    self.deadline = deadline
    self.content = content
  }
}

/// How far an `each` is. The list is kept, not asked for again: it may have changed meanwhile.
package struct Round: Sendable, Hashable {
  package var items: [Value]
  package var index: Int
  package var results: [Value]

  package init(items: [Value], index: Int = 0, results: [Value] = []) {
    self.items = items
    self.index = index
    self.results = results
  }
}

/// What a sub-flow sees as `vars` and as results of steps.
package struct CalledScope: Sendable, Hashable {
  package var flow: String
  /// What it was given and has set; the others are as the flow declares them.
  package var vars: [String: Value]
  package var results: [String: Value]

  package init(flow: String, vars: [String: Value], results: [String: Value] = [:]) {
    self.flow = flow
    self.vars = vars
    self.results = results
  }
}

package struct RunBranch: Sendable, Hashable {
  package var strand: Strand
  /// Nil while it goes on.
  package var end: BranchEnd?
  /// It waits until then.
  package var wakeAt: Timestamp?

  package init(strand: Strand, end: BranchEnd? = nil, wakeAt: Timestamp? = nil) {
    self.strand = strand
    self.end = end
    self.wakeAt = wakeAt
  }
}

/// How a branch has ended; the worst of a `parallel` is what becomes of it.
package enum BranchEnd: Sendable, Hashable {
  case done
  case stopped
  case dropped(String)
  /// Somebody outside of the branch has a way out: `catch`, `skip`, another try of a block.
  case failed(Fault)
  case dead(String)
  /// Waits for a person.
  case parked(String)
}

/// A failure that has used up the tries of its step.
package struct Fault: Error, Sendable, Hashable {
  /// `fail`'s own, a connector's (`invalid`), `rule`, `timeout`, `limit`, `type`.
  package var code: String
  package var text: String
  /// Id of the step that failed.
  package var step: String

  package init(code: String, text: String, step: String) {
    self.code = code
    self.text = text
    self.step = step
  }

  /// As `catch` reads it under `error`.
  package var value: Value { ["code": .text(code), "text": .text(text), "step": .text(step)] }
}

/// Which branch, from the run's own `parallel` inwards; empty for the run itself.
package typealias BranchPath = [Int]
