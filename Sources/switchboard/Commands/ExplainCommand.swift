//! `switchboard explain`: what a diagnostic means, with an example and its mended form.
import ArgumentParser
import FlowLoading
import SwitchboardSDK

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains a code that 'check' has printed.",
    discussion: """
      Without a code it lists them all.

      Example:  switchboard explain SB0401
      """)

  @Argument(help: "The code, for instance SB0401; letter case does not matter.")
  var code: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "All codes as a page of documentation.")
  var markdown = false

  func run() throws {
    if markdown { return print(DiagnosticsPage.text, terminator: "") }
    guard let code else { return list() }
    guard let known = DiagnosticCode(rawValue: code.uppercased()), let explanation = Explanation.of(known) else {
      let hint = Suggestion.hint(for: code.uppercased(), among: DiagnosticCode.allCases.map(\.rawValue))
      Console.error("there is no code '\(LogText.escaped(code))'" + (hint.map { ": \($0)" } ?? ""))
      throw ExitCode(2)
    }
    print(json ? JSON.text(Self.value(explanation)) : explanation.text)
  }

  private func list() {
    if json { return print(JSON.text(.list(Explanation.all.map(Self.value)))) }
    for explanation in Explanation.all { print("\(explanation.code.rawValue)  \(explanation.code.meaning)") }
  }

  private static func value(_ explanation: Explanation) -> Value {
    [
      "code": .text(explanation.code.rawValue), "meaning": .text(explanation.code.meaning),
      "cause": .text(explanation.cause), "wrong": .text(explanation.bad.shown),
      "right": .text(explanation.mended.shown),
    ]
  }
}
