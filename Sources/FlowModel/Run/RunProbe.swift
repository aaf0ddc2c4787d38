//! Watches runs go through their flows: for cases, which tell the way a run took and what no run has reached.

package protocol RunProbe: Sendable {
  /// An instruction is carried out. `holds`: what a condition came to.
  func reached(_ position: Int, holds: Bool?, run: Int64, of program: Program)
}

extension Program {
  /// What an instruction stands for in the flow as it is written.
  package struct Mark: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
      /// The step itself is carried out.
      case step
      /// `if:`
      case condition
      /// The condition of a `filter`.
      case filter
      /// The condition of a branch of a `route`, counted from 0; the last one that is false leads to `else`.
      case branch(Int, isLast: Bool)
    }
    package var step: String
    /// Whether the file gave the id.
    package var isNamed: Bool
    package var place: SourcePlace
    package var part: Part
  }
}
