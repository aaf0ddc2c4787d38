//! The steps that hold other steps, and the one that fails: what is written of them.

/// `fail: reason`, or `fail: { code: …, text: … }`.
package struct Failing: Sendable, Hashable {
  /// What `error.code` says.
  package var code: String
  package var text: TextSource

  package init(code: String, text: TextSource) {
    self.code = code
    self.text = text
  }

  package static let standardCode = "failed"
}

/// `each: LIST`, in order, one element after the other.
package struct Each: Sendable, Hashable {
  package var list: Expression
  /// The name that the element has inside `do`.
  package var name: String
  package var steps: [Step]
  /// What an element adds to the step's result; nil takes the result of the last step of `do`.
  package var result: Expression?

  package init(list: Expression, name: String, steps: [Step], result: Expression? = nil) {
    self.list = list
    self.name = name
    self.steps = steps
    self.result = result
  }

  package static let standardName = "item"
}

package struct ParallelBranch: Sendable, Hashable {
  /// Given, or the place in the list, counted from 0.
  package var name: String
  package var steps: [Step]

  package init(name: String, steps: [Step]) {
    self.name = name
    self.steps = steps
  }
}

package struct FlowCall: Sendable, Hashable {
  package var name: String
  /// By variable of the flow that is called.
  package var arguments: [String: Expression]

  package init(name: String, arguments: [String: Expression]) {
    self.name = name
    self.arguments = arguments
  }
}
