import Foundation
import Testing

/// `switchboard graph` on the quickstart, as a reader would call it.
@Suite struct GraphTests {
  private static let keys = [
    "AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "DESK_TOKEN": "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ]

  @Test(arguments: [("svg", "<svg "), ("mermaid", "flowchart TD"), ("dot", "digraph \"desk\""), ("ascii", "│ route │")])
  func `a flow is drawn in each format`(format: String, sign: String) throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    let outcome = try run.run("graph", "desk", "--format", format, environment: Self.keys)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(sign), "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("auto_reply"))
    #expect(try run.run("graph", "flows/quickstart/desk.yaml", environment: Self.keys).output.hasPrefix("<svg "))
  }

  @Test func `an unknown flow ends with 2 and the names there are`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    let outcome = try run.run("graph", "deks", environment: Self.keys)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("shop/desk"))
  }
}
