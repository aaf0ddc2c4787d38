//! What `switchboard check` prints: problems of flows, configuration and rules, in one form.
import FlowLoading
import RuleEngine
import SwitchboardSDK

/// A problem of a flow, the configuration or a rule, in one form.
struct CheckFinding {
  /// From 1; columns count Unicode scalars, the end lies behind the last one.
  struct Place {
    var line: Int
    var columns: Range<Int>?
  }

  /// Empty when the problem belongs to no file.
  var file: String
  var code: String
  var place: Place?
  var message: String
  var hint: String?
  var isError: Bool
  /// As a person reads it.
  var text: String
  var value: Value

  init(_ diagnostic: Diagnostic) {
    file = diagnostic.file
    code = diagnostic.code.rawValue
    place = Place(line: diagnostic.line, columns: diagnostic.column..<max(diagnostic.endColumn, diagnostic.column))
    message = diagnostic.message
    hint = diagnostic.hint
    text = diagnostic.text
    isError = diagnostic.severity == .error
    value = diagnostic.value
  }

  /// `source` is the rule's file, to cite its line.
  init(_ problem: RuleProblem, source: [UInt8]? = nil) {
    self.init(
      Diagnostic.ofRule(
        code: problem.code.rawValue, file: problem.file, line: problem.line, columns: problem.columns,
        message: problem.message, hint: problem.hint, source: source))
    if problem.line == nil { place = nil }
  }

  init(message: String) {
    file = ""
    code = "files"
    self.message = message
    text = message
    isError = true
    value = ["code": "files", "severity": "error", "message": .text(message)]
  }

  /// Message and hint as one sentence.
  var sentence: String { message + (hint.map { " (\($0))" } ?? "") }

  /// A workflow command of GitHub Actions: `::error file=…,line=…,col=…,title=…::message`.
  var githubCommand: String {
    var properties: [String] = []
    if !file.isEmpty { properties.append("file=\(Self.property(file))") }
    if let place {
      properties.append("line=\(place.line)")
      if let columns = place.columns { properties.append("col=\(columns.lowerBound),endColumn=\(columns.upperBound)") }
    }
    properties.append("title=\(Self.property(code))")
    return "::\(isError ? "error" : "warning") \(properties.joined(separator: ","))::\(Self.data(sentence))"
  }

  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
