//! Where a project's rules run: on threads of this process, or in a worker process without files and network.

package struct RuleIsolation: Sendable, Hashable {
  package enum Mode: String, Sendable, Hashable, CaseIterable { case thread, process }

  package var mode: Mode
  /// Rules that run in a process though the others do not.
  package var isolatedRules: Set<String>

  package init(mode: Mode = .thread, isolatedRules: Set<String> = []) {
    self.mode = mode
    self.isolatedRules = isolatedRules
  }

  package static let thread = RuleIsolation()
  package static let process = RuleIsolation(mode: .process)

  func isProcess(_ rule: String) -> Bool { mode == .process || isolatedRules.contains(rule) }
}

/// The program whose hidden verb is a worker.
package struct RuleWorkerProgram: Sendable, Hashable {
  package static let verb = "rule-worker"
  package var path: String

  package init(path: String) { self.path = path }

  /// This very program.
  package static let own = RuleWorkerProgram(path: "/proc/self/exe")
}
