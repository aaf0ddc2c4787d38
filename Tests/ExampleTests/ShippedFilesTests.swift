import FlowLoading
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Testing

/// Flows, rules and the configuration that come with the program are what people copy: all of them must load.
@Suite struct ShippedFilesTests {
  private func engine() -> RuleEngine { RuleEngine(threadCount: 1, monotonicMilliseconds: { 0 }) }

  @Test func `every folder of flows is one that these tests know`() throws {
    #expect(try Checkout.names(in: "flows") == Checkout.projects.map(\.folder).sorted())
  }

  @Test(arguments: Checkout.projects.map(\.folder))
  func `the flows of a project load without a word`(folder: String) async throws {
    let project = try #require(Checkout.projects.first { $0.folder == folder })
    let rules = try Checkout.names(in: "rules/\(project.rules)").filter { $0.hasSuffix(".lua") }
      .map { String($0.dropLast(4)) }
    let catalogue = Catalogue(
      project: folder == "quickstart" ? "shop" : folder,
      connections: project.connections.mapValues { Checkout.manifests[$0] }, rules: Set(rules), settings: .map([:]))
    let files = try Checkout.names(in: "flows/\(folder)").filter {
      $0.hasSuffix(".yaml") && !$0.hasSuffix(".cases.yaml")
    }
    #expect(!files.isEmpty)
    for file in files {
      let path = "flows/\(folder)/\(file)"
      let loaded = FlowLoader.load(source: Array(try Checkout.text(path).utf8), file: path, catalogue: catalogue)
      #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text).joined(separator: "\n"))")
      #expect(loaded.content != nil)
    }
  }

  @Test func `every YAML file that is shipped is written as fmt writes it`() throws {
    var files = ["switchboard.example.yaml"]
    for folder in try Checkout.names(in: "flows") {
      let names = try Checkout.names(in: "flows/\(folder)").filter { $0.hasSuffix(".yaml") }
      files += names.map { "flows/\(folder)/\($0)" }
    }
    for file in files {
      let bytes = Array(try Checkout.text(file).utf8)
      #expect(YAMLFormatter.format(bytes, file: file) == .formatted(bytes), "switchboard fmt \(file)")
    }
  }

  @Test func `every rule passes the check and loads`() async throws {
    for folder in try Checkout.names(in: "rules") {
      for name in try Checkout.names(in: "rules/\(folder)") where name.hasSuffix(".lua") {
        let path = "rules/\(folder)/\(name)"
        #expect(RuleEngine.check(file: path, source: Array(try Checkout.text(path).utf8)) == [])
      }
      let rules = engine()
      #expect(rules.load(project: folder, directory: Checkout.root.appending(path: "rules/\(folder)").path) == [])
      await rules.shutdown()
    }
  }

  @Test(arguments: [("А ДОСТАВИТЕ завтра?", "Доставляем по Москве за один день."), ("Ещё продаёте?", nil)])
  func `the quickstart's rule knows about delivery and nothing else`(question: String, answer: String?) async throws {
    let rules = engine()
    rules.load(project: "shop", directory: Checkout.root.appending(path: "rules/quickstart").path)
    let decision = try await rules.judge(
      RuleCall(
        project: "shop", rule: "reply",
        message: ["id": "1", "text": .text(question), "from": "customer", "kind": "message"],
        conversation: ["key": "shop/avito/1", "name": "Анна", "state": .null], now: Timestamp(seconds: 1_800_000_000),
        utcOffsetSeconds: 10_800, seed: 1, settings: .map([:])))
    #expect(decision.reply == answer)
    await rules.shutdown()
  }

  @Test func `the example configuration is complete and holds no secret`() throws {
    let file = "switchboard.example.yaml"
    let loaded = ConfigurationLoader.load(
      source: Array(try Checkout.text(file).utf8), file: file, manifests: Checkout.manifests,
      isTimeZone: { $0 == "Europe/Moscow" },
      resolver: SecretResolver(environment: { "value-of-\($0)" }, secret: { _ in nil }))
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text).joined(separator: "\n"))")
    let project = try #require(loaded.content?.projects.first)
    let known = try #require(Checkout.projects.first { $0.folder == "quickstart" })
    #expect(Dictionary(uniqueKeysWithValues: project.connections.map { ($0.name, $0.plugin) }) == known.connections)
    #expect(project.flowsFolder == "flows/quickstart" && project.rulesFolder == "rules/quickstart")
  }
}
