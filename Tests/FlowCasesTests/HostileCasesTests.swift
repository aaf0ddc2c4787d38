import FlowCases
import FlowLoading
import Foundation
import FoundationXML
import SwitchboardSDK
import Testing

/// Files of cases that are wrong, cut, or meant to harm: each is refused with its place, none is believed.
@Suite struct HostileCasesTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What is written in place of a line of a sound file, and what is said about it.
  @Test(arguments: [
    ("- advance: 75", "SB0207", "write a whole number and a unit"),
    ("- advance: soon", "SB0207", "'advance' must be a duration"),
    ("- { advance: 1s, crash: now }", "SB0208", "a step of 'play' has one verb"),
    ("- advanced: 75s", "SB0701", "did you mean 'advance'?"),
    ("- restart: now", "SB0202", "'restart' takes nothing"),
    ("- crash: after_sent", "SB0207", "did you mean 'after_send'?"),
    ("- crash: { at: after_send, number: 0 }", "SB0505", "must be at least 1"),
    ("- fault: { connection: desk, reply: 200 }", "SB0207", "is no failure"),
    ("- fault: { connection: dsk, reply: 429 }", "SB0601", "did you mean 'desk'?"),
    ("- fault: { connection: desk, reply: timeot }", "SB0207", "did you mean 'timeout'?"),
    ("- clock: tomorrow", "SB0207", "'clock' is no moment"),
    ("- clock: 2026-02-30T10:00:00Z", "SB0207", "'clock' is no moment"),
    ("- set: { vars.x: 1 }", "SB0203", "write project.NAME"),
    ("- in: { connection: avito-main, text: a }", "SB0205", "'in' needs 'chat' or 'thread'"),
    ("- in: { connection: avito-main, chat: c1, edit: m1, delete: m1 }", "SB0208", "two different events"),
    ("- in: { connection: desk, thread: conversation(c7), text: a }", "SB0702", "nobody writes in chat 'c7'"),
    ("- in: { connection: desk, thread: conversation(, text: a }", "SB0207", "is no thread"),
    ("- in: { connection: avito-main, chat: c1, attachments: [film] }", "SB0207", "cannot be 'film'"),
    ("- expect: { outt: {} }", "SB0701", "did you mean 'out'?"),
    ("- expect: { none: { step: autoo } }", "SB0705", "did you mean 'auto'?"),
    ("- expect: { none: {}, times: 2 }", "SB0208", "'none' is not counted"),
    ("- expect: { out: { text: { contain: a } } }", "SB0203", "did you mean 'contains'?"),
    ("- expect: { path: way }", "SB0202", "'path' must be a list"),
    ("- 7", "SB0202", "a mapping with one verb"),
    ("- {}", "SB0206", "is empty"),
  ])
  func `what is wrong in a case is told with code, place and a way out`(
    line: String, code: String, words: String
  ) async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: one
          play:
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            \(line)
          expect: [ { out: {} } ]
      """)
    #expect(!result.isPassed && result.cases.isEmpty)
    #expect(result.diagnostics.contains { $0.code.rawValue == code && $0.line == 8 }, "\(result.problems)")
    #expect(result.problems.contains(words), "\(result.problems)")
  }

  @Test func `a file of cases for a flow that does not load tells what is wrong with the flow`() async throws {
    let workshop = try CaseWorkshop()
    try workshop.write(CaseWorkshop.desk.replacing("relay:", with: "relya:"), to: "desk.yaml")
    let result = try await workshop.play("  - { name: a, play: [ { advance: 1s } ], expect: [ { none: {} } ] }")
    #expect(result.problems.contains("desk.yaml:10:") && result.problems.contains("SB0204"), "\(result.problems)")
  }

  @Test func `a rule that never ends, fails or eats memory fails its case and nothing else`() async throws {
    let workshop = try CaseWorkshop()
    for (name, body) in [
      ("loop", "while true do end"), ("memory", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
      ("deep", "local function f() return 1 + f() end f()"),
    ] {
      try workshop.write(
        "return rule { description = 't', on_message = function(m, c, x) \(body) end }", to: "\(name).lua")
      try workshop.write(
        "rule: \(name)\ncases: [ { name: a, in: { text: a }, expect: { action: pass } } ]\n", to: "\(name).cases.yaml")
      let result = await workshop.run("\(name).cases.yaml", covers: true)
      #expect(result.cases.count == 1 && !result.isPassed)
      #expect(result.problems.contains("the rule failed in \(name).lua"), "\(result.problems)")
    }
  }

  @Test func `a cut or changed file of cases never brings the reader down`() throws {
    let sound = Array(try Data(contentsOf: Self.root.appending(path: "flows/demo/desk.cases.yaml")))
    let marks = Array("{}[]:-\"'#&*!|>%@`,?\\ \n\t\0".utf8) + [0xFF, 0xD0, 0xE2]
    var random: UInt64 = 7
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    var refused = 0
    for round in 0..<600 {
      var bytes = sound
      if round % 3 == 0 {
        bytes.removeSubrange(next(bytes.count)...)
      } else {
        for _ in 0...next(4) { bytes[next(bytes.count)] = marks[next(marks.count)] }
      }
      let loaded = CaseLoader.load(source: bytes, file: "x.cases.yaml") { _ in
        CaseSurroundings(connections: ["avito-main", "shop-bot", "desk"], flows: ["desk"], steps: ["auto"])
      }
      if loaded.hasErrors { refused += 1 }
      #expect(loaded.hasErrors == (loaded.content == nil))
    }
    #expect(refused > 200)
  }

  @Test func `JUnit's report is well-formed and counts what failed`() async throws {
    let workshop = try CaseWorkshop()
    var suites = [
      try await workshop.play(
        """
          - { name: "<good> & \\"well\\"", play: [ { advance: 1s } ], expect: [ { none: {} } ] }
          - { name: "bad ]]>", play: [ { advance: 1s } ], expect: [ { out: {} } ] }
        """)
    ]
    try workshop.write("flow: nowhere\ncases: []\n", to: "x.cases.yaml")
    suites.append(await workshop.run("x.cases.yaml"))
    let text = JUnitReport.text(CaseReport(suites), now: .init(seconds: 1_772_434_800))
    let reader = ReportReader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(text)")
    #expect(reader.elements.filter { $0.name == "testcase" }.count == 3)
    #expect(reader.elements.filter { $0.name == "failure" }.count == 1)
    #expect(reader.elements.filter { $0.name == "error" }.count == 1)
    #expect(reader.elements.contains { $0.attributes["name"] == "<good> & \"well\"" })
    for suite in reader.elements where suite.name == "testsuite" {
      // What the schemas of Ant and Jenkins ask for.
      for name in ["name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"] {
        #expect(suite.attributes[name] != nil, "\(name)")
      }
      #expect(suite.attributes["timestamp"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/#) != nil)
    }
  }

  private final class ReportReader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) { elements.append((name, attributes)) }
  }
}
