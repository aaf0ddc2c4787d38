//! What `switchboard check` prints: problems of flows, configuration and rules, in one form.
import FlowLoading
import RuleEngine
import SwitchboardSDK

/// A problem of a flow, the configuration or a rule, in one form.
struct CheckFinding {
  var file: String
  var text: String
  var isError: Bool
  var value: Value

  init(_ diagnostic: Diagnostic) {
    file = diagnostic.file
    text = diagnostic.text
    isError = diagnostic.severity == .error
    value = diagnostic.value
  }

  init(_ problem: RuleProblem) {
    let place = problem.line.map { "\(problem.file):\($0)" } ?? problem.file
    file = problem.file
    text = "\(place): error[rule]: \(LogText.escaped(problem.message))" + (problem.hint.map { "\n   = \($0)" } ?? "")
    isError = true
    value = [
      "code": "rule", "severity": "error", "file": .text(problem.file),
      "line": problem.line.map { .int(Int64($0)) } ?? .null, "message": .text(problem.message),
      "hint": problem.hint.map(Value.text) ?? .null,
    ]
  }

  init(message: String) {
    file = ""
    text = message
    isError = true
    value = ["code": "files", "severity": "error", "message": .text(message)]
  }
}
