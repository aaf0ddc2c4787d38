//! The results of a run of `switchboard test`, for people and for programs.
import FlowLoading
package import SwitchboardSDK

package struct CaseReport: Sendable {
  package var suites: [SuiteResult]

  package init(_ suites: [SuiteResult]) { self.suites = suites }

  package var count: Int { suites.reduce(0) { $0 + $1.cases.count } }
  package var failed: Int { suites.reduce(0) { $0 + $1.cases.count { !$0.isPassed } } }
  package var unplayable: Int { suites.count { !$0.diagnostics.allSatisfy { $0.severity != .error } } }
  package var coverage: CaseCoverage {
    suites.reduce(into: CaseCoverage()) { all, suite in for one in suite.cases { all.add(one.coverage) } }
  }
  package var isPassed: Bool { suites.allSatisfy(\.isPassed) }

  private static let storyLinesMax = 60

  /// What is wrong: diagnostics and failures, each with what happened.
  package var problems: [String] {
    suites.flatMap { suite in
      suite.diagnostics.map(\.text)
        + suite.cases.flatMap { one -> [String] in
          guard !one.isPassed else { return [] }
          var lines = one.failures.map { suite.text(of: $0, in: one) }
          if !one.story.isEmpty {
            lines.append("   what happened:")
            lines += one.story.suffix(Self.storyLinesMax).map { "     \($0)" }
          }
          return [lines.joined(separator: "\n")]
        }
    }
  }

  /// One line a case.
  package var lines: [String] {
    suites.flatMap { suite -> [String] in
      var lines = [suite.file]
      if suite.cases.isEmpty, !suite.isPassed { lines.append("  FAIL  the file cannot be played") }
      lines += suite.cases.map { one in
        "  \(one.isPassed ? "ok  " : "FAIL")  \(one.name)" + (one.isUpdated ? "  (snapshot recorded)" : "")
      }
      return lines
    }
  }

  package func summary(milliseconds: Int64) -> String {
    var text = "\(count) case\(count == 1 ? "" : "s")"
    if failed > 0 { text += ", \(failed) failed" } else if unplayable == 0 { text += ", all well" }
    if unplayable > 0 { text += ", \(unplayable) file\(unplayable == 1 ? "" : "s") could not be played" }
    return text + ", \(Self.seconds(milliseconds * 1_000_000)) s"
  }

  static func seconds(_ nanoseconds: Int64) -> String {
    let thousandths = nanoseconds / 1_000_000
    let rest = String(thousandths % 1_000)
    return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }

  package var value: Value {
    [
      "cases": .int(Int64(count)), "failed": .int(Int64(failed)), "unplayable": .int(Int64(unplayable)),
      "suites": .list(
        suites.map { suite in
          [
            "file": .text(suite.file), "subject": .text(suite.subject),
            "diagnostics": .list(suite.diagnostics.map(\.value)), "cases": .list(suite.cases.map(Self.value)),
          ]
        }),
    ]
  }

  private static func value(_ one: CaseResult) -> Value {
    [
      "name": .text(one.name), "line": .int(Int64(one.span.line)), "passed": .bool(one.isPassed),
      "nanoseconds": .int(one.nanoseconds),
      "failures": .list(
        one.failures.map { failure in
          [
            "line": .int(Int64(failure.span.line)), "column": .int(Int64(failure.span.column)),
            "message": .text(failure.message), "notes": .list(failure.notes.map(Value.text)),
          ]
        }),
      "story": one.isPassed ? .null : .list(one.story.map(Value.text)),
    ]
  }
}
