//! Results as JUnit's XML, in the part of it that Ant's and Jenkins' schemas have in common.
import FlowLoading
package import SwitchboardSDK

package enum JUnitReport {
  /// - Parameter now: when the run began.
  package static func text(_ report: CaseReport, now: Timestamp) -> String {
    var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites>"]
    for (index, suite) in report.suites.enumerated() {
      let isUnplayable = suite.cases.isEmpty && !suite.isPassed
      let nanoseconds = suite.cases.reduce(Int64(0)) { $0 + $1.nanoseconds }
      lines.append(
        "  <testsuite name=\(quoted(suite.file)) package=\(quoted(suite.subject)) id=\"\(index)\" "
          + "timestamp=\"\(now.description.prefix(19))\" hostname=\"localhost\" "
          + "tests=\"\(suite.cases.count + (isUnplayable ? 1 : 0))\" "
          + "failures=\"\(suite.cases.count { !$0.isPassed })\" "
          + "errors=\"\(isUnplayable ? 1 : 0)\" time=\"\(CaseReport.seconds(nanoseconds))\">")
      lines.append("    <properties/>")
      if isUnplayable {
        lines.append("    <testcase name=\"can be played\" classname=\(quoted(suite.file)) time=\"0.000\">")
        let text = suite.diagnostics.map(\.text).joined(separator: "\n\n")
        lines.append("      <error message=\"the file cannot be played\" type=\"diagnostics\">\(escaped(text))</error>")
        lines.append("    </testcase>")
      }
      for one in suite.cases { lines += element(one, suite) }
      lines.append("    <system-out/>")
      lines.append("    <system-err/>")
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func element(_ one: CaseResult, _ suite: SuiteResult) -> [String] {
    let head =
      "    <testcase name=\(quoted(one.name)) classname=\(quoted(suite.file)) "
      + "time=\"\(CaseReport.seconds(one.nanoseconds))\""
    guard let first = one.failures.first else { return [head + "/>"] }
    // One element a case: the schemas allow no more.
    let texts = one.failures.map { suite.text(of: $0, in: one) } + ["what happened:"] + one.story
    return [
      head + ">",
      "      <failure message=\(quoted(first.message)) type=\"expectation\">\(escaped(texts.joined(separator: "\n")))"
        + "</failure>",
      "    </testcase>",
    ]
  }

  private static func quoted(_ text: String) -> String { "\"\(escaped(text, isAttribute: true))\"" }

  /// XML 1.0 has no way to write most control characters: they become U+FFFD.
  private static func escaped(_ text: String, isAttribute: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += isAttribute ? "&#\(scalar.value);" : String(scalar)
      default:
        let isFit = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        result.unicodeScalars.append(isFit ? scalar : "\u{FFFD}")
      }
    }
    return result
  }
}
