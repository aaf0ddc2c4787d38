//! Why the demo, or a benchmark, cannot go on.

struct DemoFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
