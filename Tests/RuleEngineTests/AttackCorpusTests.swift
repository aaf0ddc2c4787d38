import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Testing

/// The attack corpus beside the checkout, run script by script under its README's protocol.
@Suite struct AttackCorpusTests {
  /// Refused when compiled, by design: `<close>` handlers are one of the ways round a hook (§5.3, note b).
  private static let refusedForClose: Set<String> = [
    "c08_close_handler_loop.lua", "c17_close_in_dead_coroutine.lua", "f08_nested_resume.lua",
    "ok_08_close_variable.lua",
  ]

  @Test(
    .enabled(if: Corpus.folder != nil, "skipped: no shared/attacks/lua beside the checkout"), arguments: Corpus.files)
  func `a script of the corpus meets its verdict, and the canary after it lives`(file: String) throws {
    let script = try Corpus.source(file), canary = try Corpus.source("canary.lua")
    let outcomes = try #require(RuleChunk.run([script, canary]))
    let outcome = outcomes[0]
    #expect(outcome.peakBytes <= 16 << 20)
    #expect(try outcomes[1].result.get() == .text("CANARY-OK"))
    let text = (try? outcome.result.get())?.textValue ?? ""
    let failure: RuleFailure? = if case .failure(let failure) = outcome.result { failure } else { nil }
    #expect(!text.hasPrefix("ESCAPED"))
    #expect((failure?.detail.utf8.count ?? 0) <= 4_096)
    #expect(failure?.detail.unicodeScalars.contains { $0.value < 0x20 } != true)
    if Self.refusedForClose.contains(file) {
      #expect(failure?.detail == "<close> is not allowed in rules")
      return
    }
    switch Corpus.expectation(script) {
    case "CANARY-OK": #expect(text == "CANARY-OK")
    case "rejected": #expect(failure != nil, "it returned \(outcome.result)")
    case "stopped":
      let isLimit = failure.map { [.time, .instructions, .memory, .badResult, .failed].contains($0.code) }
      #expect(isLimit ?? (text.hasPrefix("SLOW") || text.hasPrefix("SAFE")))
    case "memcap": #expect(failure.map { [.memory, .failed].contains($0.code) } == true, "\(outcome.result)")
    default:
      // g02 and g03 are errors by their very text: "the host reports" them.
      let isError = file.hasPrefix("g0")
      #expect(isError ? failure?.code == .failed : text.hasPrefix("SAFE"), "\(outcome.result)")
    }
  }

  @Test(
    .enabled(if: Corpus.folder != nil, "skipped: no shared/attacks/lua beside the checkout"),
    arguments: [
      "c01_infinite_loop.lua", "c02_pcall_swallow.lua", "c04_xpcall_handler_loop.lua", "c05_coroutine_loop.lua",
      "c11_tailcall_forever.lua", "c13_float_loop.lua", "c16_index_metamethod_loop.lua", "d01_find_backtrack.lua",
      "d05_balance_quadratic.lua", "d07_table_insert_fake_len.lua", "d08_table_remove_shift.lua",
      "d13_gsub_anchor_each.lua",
      "d14_utf8_len_loop.lua",
    ])
  func `a script that does not end by itself is ended by a budget that is named`(file: String) throws {
    let outcome = try #require(RuleChunk.run([try Corpus.source(file)])?.first)
    let failure = try #require(throws: RuleFailure.self) { try outcome.result.get() }
    #expect(failure.code == .time || failure.code == .instructions, "\(failure)")
    #expect(failure.detail.contains("over the budget of"))
  }
}

enum Corpus {
  static let folder: URL? = {
    if let path = ProcessInfo.processInfo.environment["SWITCHBOARD_SHARED"] {
      return existing(URL(fileURLWithPath: path))
    }
    var place = URL(fileURLWithPath: #filePath)
    while place.path != "/" {
      place.deleteLastPathComponent()
      if let found = existing(place.appendingPathComponent("shared")) { return found }
    }
    return nil
  }()

  static let files: [String] = {
    guard let folder else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".lua") }.sorted()
  }()

  static func source(_ file: String) throws -> RuleSource {
    let folder = try #require(folder)
    let bytes = try Data(contentsOf: folder.appendingPathComponent(file))
    return RuleSource(name: file, file: file, bytes: Array(bytes))
  }

  static func expectation(_ source: RuleSource) -> String {
    let first = source.bytes.prefix { $0 != 0x0A }
    return String(decoding: first, as: UTF8.self).split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
  }

  private static func existing(_ shared: URL) -> URL? {
    let folder = shared.appendingPathComponent("attacks/lua")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }
}
