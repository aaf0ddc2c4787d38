//! Which way the runs of a case took, and what of the flow they reached.
import FlowModel
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseProbe: RunProbe, @unchecked Sendable {
  private let version: String
  /// Ids of steps that the file names, by run, in the order in which they were come to.
  private(set) var paths: [Int64: [String]] = [:]
  private(set) var hits: Set<FlowHit> = []

  init(version: String) { self.version = version }

  func reached(_ position: Int, holds: Bool?, run: Int64, of program: Program) {
    guard let mark = program.marks[position] else { return }
    if program.flow.version == version { hits.insert(FlowHit(position: position, holds: holds)) }
    guard mark.isNamed else { return }
    switch mark.part {
    // Whether it is carried out is not known yet; of a route the first branch stands for it.
    case .condition: return
    case .branch(let index, _) where index > 0: return
    case .step, .filter, .branch: paths[run, default: []].append(mark.step)
    }
  }
}

/// An instruction that was carried out; `holds`: what its condition came to.
package struct FlowHit: Sendable, Hashable {
  var position: Int
  var holds: Bool?
}
