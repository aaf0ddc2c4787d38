import Foundation
import Testing

/// `switchboard fmt` as people call it.
@Suite struct FormatTests {
  @Test func `fmt names what it changed, and the next time changes nothing`() throws {
    let run = try ProgramRun()
    try run.write("a:   1   # one\n", to: "flows/x.yaml")
    try run.write("a: 1\n", to: "flows/y.yaml")
    let checked = try run.run("fmt", "--check", "flows")
    #expect(checked.status == 1)
    #expect(checked.output == "flows/x.yaml\n")
    let first = try run.run("fmt", "flows")
    #expect(first.status == 0)
    #expect(first.output == "flows/x.yaml\n")
    #expect(try String(contentsOf: run.folder.appending(path: "flows/x.yaml"), encoding: .utf8) == "a: 1  # one\n")
    let second = try run.run("fmt", "--check", "flows")
    #expect(second.status == 0)
    #expect(second.output.isEmpty)
  }

  @Test func `a file that cannot be read as YAML stays as it is, and its place is told`() throws {
    let run = try ProgramRun()
    try run.write("a:   [1\n", to: "x.yaml")
    let outcome = try run.run("fmt", "x.yaml")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("x.yaml:2:1: error[SB0105]"))
    #expect(try String(contentsOf: run.folder.appending(path: "x.yaml"), encoding: .utf8) == "a:   [1\n")
    #expect(try run.run("fmt", "nowhere").status == 2)
  }
}
