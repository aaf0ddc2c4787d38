import FlowLoading
import SwitchboardSDK
import Testing

@Suite struct DiagnosticTests {
  /// The flow of the contract with a typing error at 31:11.
  private static let mistaken = """
    switchboard: 1
    flow: avito-desk
    project: shop
    listen:
      - customer: { connection: avito-main }
      - operator: { connection: desk }
    \(String(repeating: "#\n", count: 15))steps:
      - id: rules
        rule: reply
      - id: way
        route:
          - when: event.from == "operator"
            do: [ { relay: { to: conversation.origin } } ]
          - else:
            do:
            - relays: { to: desk, thread: conversation }
    """

  @Test func `the contract's example of a diagnostic is rendered byte for byte`() {
    let loaded = FlowLoader.load(
      source: Array(Self.mistaken.utf8), file: "flows/shop/avito-desk.yaml", catalogue: .example)
    let expected = """
      flows/shop/avito-desk.yaml:31:11: error[SB0204]: unknown step 'relays'
         |
      31 |         - relays: { to: desk, thread: conversation }
         |           ^^^^^^ did you mean 'relay'?
         = in flow 'avito-desk' › way › else › do[0]
      """
    #expect(loaded.diagnostics.map(\.text) == [expected])
    #expect(loaded.content == nil)
  }

  @Test func `the machine's form has place, code and hint`() {
    let loaded = FlowLoader.load(source: Array(Self.mistaken.utf8), file: "f.yaml", catalogue: .example)
    let value = loaded.diagnostics.first?.value
    #expect(value?["code"] == "SB0204")
    #expect(value?["line"] == 31)
    #expect(value?["column"] == 11)
    #expect(value?["end_column"] == 17)
    #expect(value?["hint"] == "did you mean 'relay'?")
  }

  @Test func `codes are unique and every code says what it means`() {
    let codes = DiagnosticCode.allCases
    #expect(Set(codes.map(\.rawValue)).count == codes.count)
    #expect(codes.allSatisfy { $0.meaning.utf8.count > 10 && $0.rawValue.hasPrefix("SB") })
  }

  @Test(arguments: [
    "token: hunter2 word\nx: 0755\n", "a:\n  password: 'hunter2'\n  b: [0755]\n", "{ client_secret: hunter2, a: 0755 }",
    "a: { token: hunter2, b: 0755 }", "token: |\n  hunter2\n  hunter2\nb: 0755\nc: 0755", "token: 0x_hunter2\n",
    "key: !!int hunter2", "token: hunter2 #1\nb: 0755",
    "api_key: \"hunter2\\q\"\n",
  ])
  func `a secret in a file appears in no diagnostic`(source: String) {
    let loaded = FlowLoader.load(source: Array(source.utf8), file: "f.yaml", catalogue: .example)
    #expect(!loaded.diagnostics.isEmpty)
    for diagnostic in loaded.diagnostics { #expect(!diagnostic.text.contains("hunter2"), "\(diagnostic.text)") }
  }

  @Test func `control characters and long lines reach no terminal`() {
    let source = "switchboard: 1\nflow: \"a\\e[31m\"\n\"\(String(repeating: "д", count: 200))\": 0755\n"
    let loaded = FlowLoader.load(source: Array(source.utf8), file: "f.yaml", catalogue: .example)
    for diagnostic in loaded.diagnostics {
      #expect(!diagnostic.text.unicodeScalars.contains("\u{1B}"))
      let lines = diagnostic.text.split(separator: "\n").filter { $0.contains(" | ") }
      #expect(lines.allSatisfy { $0.unicodeScalars.count <= 300 })
      #expect(diagnostic.excerpt?.text.unicodeScalars.count ?? 0 <= 120)
    }
  }

  @Test func `columns count Unicode scalars under Cyrillic and emoji`() {
    let source =
      "switchboard: 1\nflow: f\nlisten: [ { c: { connection: avito-main } } ]\n"
      + "steps: [ { reply: \"💬 Клиент {conversation.nme}\" } ]\n"
    let loaded = FlowLoader.load(source: Array(source.utf8), file: "f.yaml", catalogue: .example)
    #expect(loaded.diagnostics.map { "\($0.line):\($0.column)-\($0.endColumn)" } == ["4:30-46"])
  }
}
