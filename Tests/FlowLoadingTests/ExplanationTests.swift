import FlowLoading
import RuleEngine
import SwitchboardSDK
import Testing

@Suite struct ExplanationTests {
  private static let manifests = [
    "telegram": PluginManifest(
      name: "telegram", version: "1", summary: "",
      settings: [
        SettingField("token", .secret, help: "The bot's token.", isRequired: true),
        SettingField("poll_every", .duration, help: "", defaultValue: 5_000, minimum: 1_000, maximum: 60_000),
      ],
      capabilities: ConnectorCapabilities(textScalarsMax: 4_096, receivesByPolling: true))
  ]

  private func said(_ explanation: Explanation, _ example: Explanation.Example) -> [Diagnostic] {
    let source = explanation.source(example)
    switch explanation.frame {
    case .flow, .steps, .listen:
      return FlowLoader.load(source: source, file: "f.yaml", catalogue: .example).diagnostics
    case .cases:
      return CaseLoader.load(source: source, file: "desk.cases.yaml") { _ in
        CaseSurroundings(connections: ["avito-main", "desk"], flows: ["desk"], rules: ["reply"], steps: ["auto"])
      }.diagnostics
    case .configuration, .connections:
      return ConfigurationLoader.load(
        source: source, file: "switchboard.yaml", manifests: Self.manifests,
        isTimeZone: { ["UTC", "Europe/Moscow"].contains($0) },
        resolver: SecretResolver(
          environment: { ["TELEGRAM_TOKEN": "from-the-environment"][$0] },
          secret: { ["tg/desk": "from-the-folder"][$0] })
      ).diagnostics
    case .rule:
      return RuleEngine.check(file: "rules/shop/reply.lua", source: source).map {
        Diagnostic.ofRule(
          code: $0.code.rawValue, file: $0.file, line: $0.line, columns: $0.columns, message: $0.message,
          hint: $0.hint, source: source)
      }
    }
  }

  @Test func `each code of the rule engine is a diagnostic of its own`() {
    let codes = RuleProblem.Code.allCases.compactMap { DiagnosticCode(rawValue: $0.rawValue) }
    #expect(Set(codes).count == RuleProblem.Code.allCases.count)
    #expect(codes == DiagnosticCode.allCases.filter { $0.rawValue.hasPrefix("SB08") })
  }

  @Test func `every code is explained once, in the order of the codes`() {
    #expect(Explanation.all.map(\.code) == DiagnosticCode.allCases)
  }

  @Test(arguments: Explanation.all.map(\.code))
  func `the bad example brings its code and the mended one brings nothing`(code: DiagnosticCode) throws {
    let explanation = try #require(Explanation.of(code))
    let bad = said(explanation, explanation.bad)
    #expect(bad.contains { $0.code == code }, "\(bad.map(\.text))")
    let mended = said(explanation, explanation.mended)
    #expect(mended.isEmpty, "\(mended.map(\.text))")
  }

  @Test(arguments: Explanation.all.map(\.code))
  func `an explanation reaches the terminal without control characters`(code: DiagnosticCode) throws {
    let text = try #require(Explanation.of(code)).text
    #expect(text.hasPrefix(code.rawValue))
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{2028}" && $0 != "\u{7F}" })
  }
}
