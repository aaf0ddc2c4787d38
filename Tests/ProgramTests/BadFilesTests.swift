//! Files that are wrong: `check` and `run` say what and where, and end at once.
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct BadFilesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var file: String
    var content: @Sendable () -> String
    /// `file:line:column` and the code, as they stand in the output.
    var place: String
    var said: [String]
    var isConfiguration = false
    var testDescription: String { name }
  }

  private static func flow(_ old: String, _ new: String) -> @Sendable () -> String {
    { Texts.flow.replacingOccurrences(of: old, with: new) }
  }

  private static func configuration(_ old: String, _ new: String) -> @Sendable () -> String {
    {
      Texts.configuration(
        StageSettings(), port: 0, telegram: "http://127.0.0.1:9", avito: "http://127.0.0.1:9", group: -1_000_000_000_001
      ).replacingOccurrences(of: old, with: new)
    }
  }

  /// Nine levels of ten aliases each: a thousand million values when written out.
  private static let bomb: @Sendable () -> String = {
    var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(aliases)]")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let nesting: @Sendable () -> String = {
    "steps: " + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "\n"
  }

  private static let large: @Sendable () -> String = {
    Texts.flow + String(repeating: "# ten megabytes of comment, and nothing else to see here at all\n", count: 163_840)
  }

  static let cases: [Case] = [
    Case(
      name: "an unknown step", file: "flows/desk.yaml", content: flow("- relay: { to: desk", "- relya: { to: desk"),
      place: "flows/desk.yaml:20:", said: ["SB0204", "relya"]),
    Case(
      name: "a wrong type", file: "flows/desk.yaml", content: flow("lane: conversation", "lane: [1, 2]"),
      place: "flows/desk.yaml:8:", said: ["SB02"]),
    Case(
      name: "a duplicate key", file: "flows/desk.yaml", content: flow("project: shop", "flow: other"),
      place: "flows/desk.yaml:3:1", said: ["SB0108"]),
    Case(name: "an alias bomb", file: "flows/bomb.yaml", content: bomb, place: "flows/bomb.yaml:", said: ["SB0113"]),
    Case(
      name: "nesting of 10,000", file: "flows/deep.yaml", content: nesting, place: "flows/deep.yaml:1:",
      said: ["SB0112"]),
    Case(
      name: "a file of 10 MB", file: "flows/desk.yaml", content: large, place: "flows/desk.yaml:", said: ["SB0101"]),
    Case(
      name: "an unknown connection", file: "flows/desk.yaml", content: flow("to: desk,", "to: desc,"),
      place: "flows/desk.yaml:20:", said: ["SB0601", "desc"]),
    Case(
      name: "a rule with a syntax error", file: "rules/reply.lua",
      content: { Texts.rule("v1").replacingOccurrences(of: "function(msg, conv, ctx)", with: "function(msg conv)") },
      place: "rules/reply.lua:3", said: []),
    Case(
      name: "a missing variable", file: "switchboard.yaml", content: configuration("P_DESK", "P_NOWHERE"),
      place: "switchboard.yaml:2", said: ["SB0501", "P_NOWHERE"], isConfiguration: true),
    Case(
      name: "an unknown plugin", file: "switchboard.yaml", content: configuration("plugin: avito", "plugin: avitto"),
      place: "switchboard.yaml:11:", said: ["SB0504", "avitto"], isConfiguration: true),
    Case(
      name: "a duplicate key of the configuration", file: "switchboard.yaml",
      content: configuration("storage: ", "switchboard: 1\nstorage: "), place: "switchboard.yaml:3:1",
      said: ["SB0108"], isConfiguration: true),
    Case(
      name: "an alias bomb as configuration", file: "switchboard.yaml", content: bomb, place: "switchboard.yaml:",
      said: ["SB0113"], isConfiguration: true),
    Case(
      name: "a configuration of 10,000 levels", file: "switchboard.yaml", content: nesting,
      place: "switchboard.yaml:1:", said: ["SB0112"], isConfiguration: true),
    Case(
      name: "a configuration of 10 MB", file: "switchboard.yaml", content: large, place: "switchboard.yaml:",
      said: ["SB0101"], isConfiguration: true),
    Case(
      name: "a configuration that is no text", file: "switchboard.yaml", content: { "switchboard: \u{0}\u{1}\n" },
      place: "switchboard.yaml:1:", said: ["SB01"], isConfiguration: true),
  ]

  @Test(arguments: cases)
  func `check and run refuse it with its place and end at once`(_ bad: Case) async throws {
    let house = try House.sound()
    try house.write(bad.file, bad.content())
    let checked = try await house.run(["check"])
    #expect(checked.status == 1, "check ended with \(checked.status): \(checked.output.prefix(600))")
    expectPlace(bad, checked, "check")
    let ran = try await house.run(["run"])
    #expect(ran.status == 2, "run ended with \(ran.status): \(ran.output.prefix(600))")
    expectPlace(bad, ran, "run")
    #expect(!FileManager.default.fileExists(atPath: house.path("switchboard.db")) || !bad.isConfiguration)
  }

  private func expectPlace(_ bad: Case, _ ended: Program.Ended, _ command: String) {
    #expect(ended.output.contains(bad.place), "\(command) does not tell the place: \(ended.output.prefix(800))")
    for word in bad.said {
      #expect(ended.output.contains(word), "\(command) does not say \(word): \(ended.output.prefix(800))")
    }
    #expect(ended.seconds < 20, "\(command) took \(ended.seconds) s")
    #expect(ended.output.utf8.count < 64_000, "\(command) said \(ended.output.utf8.count) bytes")
    for secret in [Secrets.deskToken, Secrets.shopToken, Secrets.avitoSecret] {
      #expect(!ended.output.contains(secret))
    }
  }

  @Test func `a sound installation is found so, and all problems of several files are told at once`() async throws {
    let house = try House.sound()
    let sound = try await house.run(["check"])
    #expect(sound.status == 0 && sound.output.contains("all is well"), "\(sound.output)")
    try house.write("flows/desk.yaml", Self.flow("- relay: { to: desk", "- relya: { to: desk")())
    try house.write("flows/other.yaml", "switchboard: 1\nflow: other\nflow: again\n")
    try house.write("rules/broken.lua", "return rule {\n  on_message = \n}\n")
    let bad = try await house.run(["check", "--format", "json"])
    #expect(bad.status == 1)
    for place in ["flows/desk.yaml", "flows/other.yaml", "rules/broken.lua"] { #expect(bad.output.contains(place)) }
  }

  @Test func `a file or folder that is not there is named`() async throws {
    let house = try House.sound()
    for command in ["check", "run"] {
      let ended = try await house.run([command, "--config", "nowhere.yaml"])
      #expect(ended.status == 2 && ended.output.contains("nowhere.yaml"), "\(command): \(ended)")
      let folder = try await house.run([command, "--config", "flows"])
      #expect(folder.status == 2 && folder.output.contains("flows"), "\(command): \(folder)")
    }
    try FileManager.default.removeItem(atPath: house.path("flows"))
    let checked = try await house.run(["check"])
    #expect(checked.status == 1 && checked.output.contains("flows: no such folder"), "\(checked)")
    let ran = try await house.run(["run"])
    #expect(ran.status == 2 && ran.output.contains("flows: no such folder"), "\(ran)")
    let misused = try await house.run(["check", "--no-such-option"])
    #expect(misused.status != 0 && misused.output.contains("no-such-option"), "\(misused)")
  }
}
