//! Each tidy rule finds what it is for, and leaves its neighbour alone: a rule that finds nothing proves nothing.
import Testing

@Suite struct TidyRuleTests {
  private func findings(_ rule: TidyRule, _ path: String, _ text: String) -> [Int] {
    rule.check(SourceFile(path: path, text: text)).map(\.line)
  }

  @Test func `a file without its sentence is found`() {
    #expect(findings(.header, "Sources/A/B.swift", "import C\n") == [1])
    #expect(findings(.header, "Sources/A/B.swift", "//! Why.\nimport C\n") == [])
    #expect(findings(.header, "Plugins/A/Sources/A/B.swift", "/// What.\n") == [1])
  }

  @Test func `an import across a border is found`() {
    #expect(findings(.imports, "Sources/FlowModel/A.swift", "//! x\nimport Foundation\n") == [2])
    #expect(findings(.imports, "Sources/FlowEngine/A.swift", "package import RuleEngine\n") == [1])
    #expect(findings(.imports, "Sources/Gateway/A.swift", "@preconcurrency import struct GRDB.Row\n") == [1])
    #expect(findings(.imports, "Sources/Newcomer/A.swift", "import FlowModel\n") == [1])
    #expect(findings(.imports, "Plugins/Avito/Sources/Avito/A.swift", "import Telegram\nimport Foundation\n") == [1])
    #expect(findings(.imports, "Plugins/Avito/Sources/Entry/A.swift", "import Avito\n") == [])
    #expect(findings(.imports, "Plugins/SDK/Sources/SwitchboardSDK/A.swift", "import Foundation\n") == [1])
    #expect(findings(.imports, "Sources/JournalCore/A.swift", "package import SwitchboardSDK\n// import X\n") == [])
    #expect(findings(.imports, "Sources/switchboard/A.swift", "import Anything\n") == [])
  }

  @Test func `a public declaration under Sources is found`() {
    #expect(findings(.noPublic, "Sources/A/B.swift", "//! public\npublic struct C {}\n") == [2])
    let harmless = "let a = \"public b\"\npackage struct C {}\nif open.count {}\n"
    #expect(findings(.noPublic, "Sources/A/B.swift", harmless) == [])
    #expect(findings(.noPublic, "Plugins/SDK/Sources/SwitchboardSDK/B.swift", "public struct C {}\n") == [])
  }

  @Test func `long lines, files and functions are found at one over the limit`() {
    let line = String(repeating: "x", count: 120)
    #expect(findings(.lineLength, "Tests/A/B.swift", "\(line)\n\(line)x\n") == [2])
    let lines = String(repeating: "x\n", count: 400)
    #expect(findings(.fileLength, "Tests/A/B.swift", lines) == [])
    #expect(findings(.fileLength, "Tests/A/B.swift", lines + "x\n") == [401])
    let body = String(repeating: "  if a { b() }\n", count: 68)
    #expect(findings(.functionLength, "Sources/A/B.swift", "func f() {\n\(body)}\n") == [])
    #expect(findings(.functionLength, "Sources/A/B.swift", "func f() {\n\(body)\n}\n") == [1])
    let nested = "struct S {\n  init?(\n    a: Int\n  ) {\n\(body)  // }\n  }\n  func g()\n}\n"
    #expect(findings(.functionLength, "Sources/A/B.swift", nested) == [2])
  }

  @Test func `traps and open ends are found, in code only`() {
    let traps = "let a = try! b()\nlet c = d as! E\nfatalError()\n"
    #expect(findings(.bannedCode, "Sources/A/B.swift", traps) == [1, 2, 3])
    #expect(findings(.bannedCode, "Sources/A/B.swift", "// try! as! fatalError(\nlet a = \"try!\"\n") == [])
    #expect(findings(.openEnds, "Sources/A/B.swift", "// TO" + "DO: later\nlet x = 1\n") == [1])
    #expect(findings(.openEnds, "Sources/A/B.swift", "// FIX" + "ME\n") == [1])
  }

  @Test func `a sleeping test is found`() {
    #expect(findings(.noSleepInTests, "Tests/A/B.swift", "try await Task.sleep(for: .seconds(1))\n") == [1])
    #expect(findings(.noSleepInTests, "Tests/A/B.swift", "clock.sleep(milliseconds: 1)\n") == [])
    #expect(findings(.noSleepInTests, "Sources/A/B.swift", "try await Task.sleep(for: .seconds(1))\n") == [])
  }

  @Test func `an unargued promise to the compiler is found`() {
    #expect(findings(.arguedUnsafety, "Sources/A/B.swift", "import C\n\nclass A: @unchecked Sendable {\n\n") == [3])
    #expect(findings(.arguedUnsafety, "Sources/A/B.swift", "// Locked.\nclass A: @unchecked Sendable {}\n") == [])
    #expect(findings(.arguedUnsafety, "Sources/A/B.swift", "x\nx\nnonisolated(unsafe) var a = 1\n") == [3])
  }

  @Test func `comments and literals of every form are blanked out`() {
    let text = CodeText([
      "a /* b", "c /* d */ e */ f", "g \"h \\\" i\" j // k", "let l = #\"m \" n\"# + o",
      "p = \"\"\"", "  q", "  \"\"\" + r",
    ])
    #expect(text.lines == ["a ", " f", "g \"\" j ", "let l = \"\" + o", "p = \"\"", "", " + r"])
  }
}
