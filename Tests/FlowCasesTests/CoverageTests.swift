import FlowCases
import Testing

/// What cases tell of ways taken and not taken, and of recordings.
@Suite struct CoverageTests {
  private static let cases = """
      - name: one
        play: [ { in: { connection: avito-main, chat: c1, text: "Привет" } } ]
        expect: [ { path: [way, rules, show, auto] } ]
    """

  @Test func `the way of a run is told, and a way not taken is a failure that shows those that were`() async throws {
    let workshop = try CaseWorkshop()
    #expect(try await workshop.play(Self.cases).isPassed)
    let wrong = try await workshop.play(Self.cases.replacing("show, ", with: ""))
    #expect(wrong.problems.contains("no run went this way"), "\(wrong.problems)")
    #expect(wrong.problems.contains("run 1: way, rules, show, auto"), "\(wrong.problems)")
  }

  @Test func `coverage counts steps, both sides of conditions, and lines of Lua`() async throws {
    let workshop = try CaseWorkshop()
    let part = try await workshop.play(Self.cases, covers: true)
    let parts = CaseReport([part]).coverage.parts
    #expect(parts.map(\.subject) == ["flow desk", "rule reply"])
    #expect(parts.first?.total == ["steps": 4, "branches": 2] && parts.first?.reached == ["steps": 3, "branches": 1])
    #expect(Set(parts.first?.missing.map(\.what) ?? []) == ["step back", "way: when[0]"])
    // The line that answers is the only one that was not run.
    let rule = try #require(parts.last)
    #expect(rule.missing.isEmpty, "both ways of line 4 stand on one line")
    #expect(rule.total["lines"].map { $0 >= 4 } == true && rule.total == rule.reached, "\(rule)")
  }

  @Test func `a line of Lua that no case reaches is named, also where a function is never called`() async throws {
    let workshop = try CaseWorkshop()
    try workshop.write(
      """
      local function never(x)
        local y = x + 1
        return y
      end
      return rule {
        description = "t",
        on_message = function(msg, conv, ctx)
          if msg.text == "b" then
            return reply("b")
          end
          return pass()
        end,
      }
      """, to: "lines.lua")
    try workshop.write(
      "rule: lines\ncases: [ { name: a, in: { text: a }, expect: { action: pass } } ]\n", to: "lines.cases.yaml")
    let parts = CaseReport([await workshop.run("lines.cases.yaml", covers: true)]).coverage.parts
    #expect(parts.first?.missing.map(\.line) == [2, 3, 9], "\(parts)")
  }

  @Test func `a recording is played again, and its topics are those that are opened here`() async throws {
    let workshop = try CaseWorkshop()
    let customer =
      #"{"at":1772434800000,"connection":"avito-main","conversation":"shop/avito-main/c1","event":{"at":1772434800000,"#
      + #""chat":{"id":"c1","kind":"private"},"id":"e1","kind":"message","#
      + #""message":{"id":"m1","text":"Привет","attachments":[]},"sender":{"id":"7","name":"Анна","is_bot":false}}}"#
    let answer =
      #"{"at":1772434830000,"connection":"desk","conversation":"shop/avito-main/c1","event":{"at":1772434830000,"#
      + #""chat":{"id":"-1001","kind":"group"},"thread":"4711","id":"e2","kind":"message","#
      + #""message":{"id":"m2","text":"Да","attachments":[]},"sender":{"id":"9","name":"Олег","is_bot":false}}}"#
    try workshop.write(customer + "\n" + answer + "\n", to: "day.jsonl")
    let result = try await workshop.play(
      """
        - name: one
          play: [ { replay: day.jsonl }, { advance: 1h } ]
          expect:
            - out: { connection: avito-main, chat: c1, text: "Да" }
            - none: { step: auto }
      """, head: "project: shop")
    #expect(result.isPassed, "\(result.problems)")
    try workshop.write("{}\n", to: "day.jsonl")
    let broken = try await workshop.play(
      "  - { name: one, play: [ { replay: day.jsonl } ], expect: [ { none: {} } ] }")
    #expect(broken.problems.contains("day.jsonl:1: the line is no recorded event"), "\(broken.problems)")
  }
}
