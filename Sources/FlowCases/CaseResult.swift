//! What came of cases.
package import FlowLoading

package struct CaseFailure: Sendable {
  package var span: SourceSpan
  package var message: String
  /// What was expected and what there was instead, a line each.
  package var notes: [String]

  init(_ span: SourceSpan, _ message: String, notes: [String] = []) {
    self.span = span
    self.message = message
    self.notes = notes
  }
}

package struct CaseResult: Sendable {
  package var name: String
  package var span: SourceSpan
  package var failures: [CaseFailure]
  /// What happened, in order.
  package var story: [String]
  package var nanoseconds: Int64
  /// Empty unless asked for.
  package var coverage = CaseCoverage()
  /// What was recorded anew with `--update`.
  package var isUpdated = false

  package var isPassed: Bool { failures.isEmpty }
  /// Whether all but the snapshot is as it should be.
  var wentAsExpected: Bool { failures.isEmpty || isSnapshotOnly }
  /// The one failure is that the snapshot differs.
  var isSnapshotOnly = false
}

/// The results of one file.
package struct SuiteResult: Sendable {
  package var file: String
  package var subject: String
  package var cases: [CaseResult] = []
  /// Why its cases could not be played, if so.
  package var diagnostics: [Diagnostic] = []
  package var source: SourceText?

  package init(file: String, subject: String) {
    self.file = file
    self.subject = subject
  }

  package var isPassed: Bool { diagnostics.allSatisfy { $0.severity != .error } && cases.allSatisfy(\.isPassed) }

  /// As a person reads it, without a line end.
  package func text(of failure: CaseFailure, in one: CaseResult) -> String {
    Citation.text(
      file, source, failure.span, word: "failed", message: failure.message,
      notes: ["in case '\(one.name)'"] + failure.notes)
  }
}
