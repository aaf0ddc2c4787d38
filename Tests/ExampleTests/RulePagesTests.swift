import FlowLoading
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Testing

/// The pages in docs/rules: every rule on them is checked and asked, every table is what the rule decides.
@Suite struct RulePagesTests {
  private struct Row {
    var conditions: String
    var message: String
    var decision: String
  }

  private static func sections(_ page: String) throws -> [(title: String, code: String, rows: [Row])] {
    try Checkout.text(page).components(separatedBy: "\n## ").dropFirst().compactMap { section in
      let parts = section.components(separatedBy: "```lua\n")
      guard parts.count == 2 else { return nil }
      let rest = parts[1].components(separatedBy: "```")
      let rows = rest[1].split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { line in
        let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
        return Row(
          conditions: cells[0].trimmingCharacters(in: .whitespaces),
          message: cells.count > 1 ? cells[1].trimmingCharacters(in: .whitespaces) : "", decision: cells.last ?? "")
      }
      return (section.components(separatedBy: "\n")[0], rest[0], Array(rows))
    }
  }

  /// The settings that the page shows, read as a configuration.
  private func settings(of page: String) throws -> Value {
    let parts = try Checkout.text(page).components(separatedBy: "```yaml\n")
    guard parts.count > 1 else { return .map([:]) }
    let loaded = ConfigurationLoader.load(
      source: Array(parts[1].components(separatedBy: "```")[0].utf8), file: page, manifests: Checkout.manifests,
      isTimeZone: { $0 == "Europe/Moscow" },
      resolver: SecretResolver(environment: { _ in nil }, secret: { _ in nil }))
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text))")
    return try #require(loaded.content?.projects.first).settings
  }

  private static let pages = ["docs/rules/gallery.md", "docs/rules/gallery.ru.md"]

  @Test(arguments: pages)
  func `each rule of the gallery passes the check and decides as its table says`(page: String) async throws {
    let sections = try Self.sections(page)
    #expect(sections.count >= 15)
    let settings = try settings(of: page)
    for section in sections {
      #expect(RuleEngine.check(file: section.title, source: Array(section.code.utf8)) == [])
      #expect(section.rows.count >= 2, "\(section.title)")
      let asker = try RuleAsker(section.code, settings: settings)
      for row in section.rows {
        let decision = try await asker.ask(row.message, conditions: row.conditions)
        #expect(decision == row.decision, "\(section.title): \(row.message)")
      }
      await asker.finish()
    }
  }

  @Test func `both galleries show the same rules and tables`() throws {
    let pages = try Self.pages.map(Self.sections)
    #expect(pages[0].map(\.code) == pages[1].map(\.code))
    #expect(pages[0].map { $0.rows.map(\.decision) } == pages[1].map { $0.rows.map(\.decision) })
  }

  @Test(arguments: ["docs/rules/guide.md", "docs/rules/guide.ru.md"])
  func `each whole rule of the guide passes the check and answers`(page: String) async throws {
    let blocks = try Checkout.text(page).components(separatedBy: "```lua\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }
    #expect(blocks.count == 4)
    let expected = [
      ["А привезете?": "reply: Доставляем по Москве за один день.", "Здравствуйте": "pass"],
      ["Здравствуйте": "reply: Здравствуйте!"],
      ["Это СПАМ": "drop: стоп-слово", "мой 8 912 345-67-89": "route: callback #телефон", "ок": "pass"],
      ["Здравствуйте": "reply: Доброе утро! Ответим к 12:00."],
    ]
    for (code, answers) in zip(blocks, expected) {
      #expect(RuleEngine.check(file: page, source: Array(code.utf8)) == [])
      for (message, decision) in answers {
        let asker = try RuleAsker(code, settings: ["stop_words": ["спам"]])
        #expect(try await asker.ask(message, conditions: "time=2026-03-02T08:30") == decision)
        await asker.finish()
      }
    }
  }

  @Test func `both guides quote the same rules`() throws {
    func blocks(_ page: String) throws -> [String] {
      try Checkout.text(page).components(separatedBy: "```lua\n").dropFirst()
        .map { $0.components(separatedBy: "```")[0] }
    }
    #expect(try blocks("docs/rules/guide.md") == blocks("docs/rules/guide.ru.md"))
  }

  @Test(arguments: [
    ("docs/rules/reference.md", RuleReference.Language.english),
    ("docs/rules/reference.ru.md", RuleReference.Language.russian),
  ])
  func `the reference is the one that the table makes`(page: String, language: RuleReference.Language) throws {
    #expect(try Checkout.text(page) == RuleReference(language).text)
  }
}

/// Asks one rule in one conversation, as the tables of the pages describe it.
private final class RuleAsker {
  private let engine = RuleEngine(threadCount: 1, monotonicMilliseconds: { 0 })
  private let folder: URL
  private let settings: Value
  private var state = Value.null

  init(_ code: String, settings: Value) throws {
    self.settings = settings
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(code.utf8).write(to: folder.appendingPathComponent("reply.lua"))
    #expect(engine.load(project: "shop", directory: folder.path) == [])
  }

  func finish() async {
    await engine.shutdown()
    try? FileManager.default.removeItem(at: folder)
  }

  func ask(_ message: String, conditions: String) async throws -> String {
    var told: [String: String] = [:]
    for condition in conditions.components(separatedBy: ", ") where !condition.isEmpty {
      let parts = condition.components(separatedBy: "=")
      told[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    #expect(Set(told.keys).isSubset(of: ["time", "price", "again", "answered", "callback", "edit", "seed"]))
    if told["again"] == nil { state = .null }
    let kind = told["callback"] == nil ? told["edit"] == nil ? "message" : "edit" : "callback"
    let moment = try Date("\(told["time"] ?? "2026-03-02T12:00"):00+03:00", strategy: .iso8601)
    let price = told["price"].flatMap { Int64($0) }
    let item: Value = price.map { ["id": "1", "title": "Диван", "price": .int($0)] } ?? nil
    let decision = try await engine.judge(
      RuleCall(
        project: "shop", rule: "reply",
        message: [
          "id": "1", "text": .text(message), "from": "customer", "kind": .text(kind),
          "sender": ["id": "5", "name": "Анна", "username": nil, "is_bot": false],
          "chat": ["id": "c", "kind": "private", "title": nil], "attachments": [], "reply_to": nil, "channel": "avito",
          "callback": told["callback"].map { ["id": "1", "data": .text($0), "message_id": nil] } ?? nil,
        ],
        conversation: [
          "key": "shop/avito/c", "name": "Анна", "item": item, "state": state,
          "is_answered": .bool(told["answered"] != nil),
        ],
        now: Timestamp(seconds: Int64(moment.timeIntervalSince1970)), utcOffsetSeconds: 10_800,
        seed: UInt64(told["seed"] ?? "1") ?? 1, settings: settings))
    state = decision.state ?? state
    let said = decision.reply ?? decision.route ?? decision.reason
    let values = decision.values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.displayText)" }
    return decision.action + (said.map { ": \($0)" } ?? "") + decision.tags.map { " #\($0)" }.joined() + values.joined()
  }
}
