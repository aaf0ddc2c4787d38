import FlowLoading
import Foundation
import Testing

/// The corpus of bad files beside the checkout: those that are about YAML itself, with the place each must name.
@Suite struct AttackCorpusTests {
  private static let folder: URL? = {
    if let shared = ProcessInfo.processInfo.environment["SWITCHBOARD_SHARED"] {
      return URL(filePath: shared).appending(path: "attacks/yaml")
    }
    var at = URL(filePath: #filePath).deletingLastPathComponent()
    while at.path != "/" {
      let candidate = at.appending(path: "shared/attacks/yaml")
      if FileManager.default.fileExists(atPath: candidate.path) { return candidate }
      at.deleteLastPathComponent()
    }
    return nil
  }()

  private struct Expectation: Sendable, CustomTestStringConvertible {
    var file: String
    /// Empty for a file that is fine as YAML.
    var first: String
    var testDescription: String { file }
  }

  /// `severity line:column code` of the first diagnostic.
  private static let expectations: [Expectation] = [
    ("y00_control_ok", ""), ("y02_tab_after_dash", "error 3:4 SB0106"), ("y03_unclosed_flow", "error 5:1 SB0105"),
    ("y05_bad_escape", "error 3:14 SB0105"), ("y06_bad_indent", "error 4:4 SB0105"),
    ("y08_hash_in_plain", "warning 3:19 SB0121"), ("y09_percent_directive", "error 3:1 SB0105"),
    ("y20_duplicate_key", "error 5:5 SB0108"), ("y22_duplicate_quoted", "error 4:3 SB0108"),
    ("y28_null_key", "error 3:5 SB0109"), ("y29_list_as_key", "error 3:7 SB0109"),
    ("y31_very_long_key", "error 3:5 SB0110"), ("y43_undefined_alias", "error 3:11 SB0115"),
    ("y45_self_reference", "error 2:14 SB0116"), ("y46_cycle_map", "error 4:11 SB0116"),
    ("y48_merge_not_map", "error 4:3 SB0117"), ("y49_merge_quoted_key", ""), ("y54_huge_scalar", "error 2:7 SB0111"),
    ("y57_long_comment", ""), ("y60_not_utf8_cp1251", "error 3:11 SB0102"), ("y61_utf8_truncated", "error 2:10 SB0102"),
    ("y63_surrogate", "error 2:8 SB0102"), ("y64_nul_byte", "error 2:9 SB0103"),
    ("y66_utf16le_bom", "error 1:1 SB0102"),
    ("y67_utf8_bom", ""), ("y69_cr_only", ""), ("y6a_nel_ls", "warning 2:9 SB0104"),
    ("y6c_nbsp_indent", "error 3:1 SB0107"), ("y70_norway", "error 3:12 SB0119"), ("y72_octal", "error 3:9 SB0119"),
    ("y73_sexagesimal", "error 3:12 SB0119"), ("y75_huge_int", "error 3:10 SB0119"),
    ("y78_exponent", "error 3:10 SB0119"), ("y79_hex_underscore", "error 3:7 SB0119"), ("y7f_big_id_precision", ""),
    ("y90_python_tag", "error 2:4 SB0118"), ("y91_custom_tag", "error 2:4 SB0118"),
    ("y93_tag_mismatch", "error 2:4 SB0118"),
  ].map { Expectation(file: $0.0, first: $0.1) }

  @Test(.enabled(if: folder != nil, "the shared corpus is not here"), arguments: expectations)
  private func `each bad file names its place`(expectation: Expectation) throws {
    let folder = try #require(Self.folder)
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: expectation.file + ".yaml")))
    var log = DiagnosticLog(file: expectation.file)
    let milliseconds = cpuMilliseconds { _ = YAMLTree.compose(bytes, into: &log) }
    let first = log.diagnostics.first.map { "\($0.severity.rawValue) \($0.line):\($0.column) \($0.code.rawValue)" }
    #expect((first ?? "") == expectation.first, "\(log.diagnostics.map(\.text).joined(separator: "\n"))")
    #expect(milliseconds <= 100)
  }

  @Test(
    .enabled(if: folder != nil, "the shared corpus is not here"),
    arguments: [
      ("y40_alias_bomb_lists", "SB0113"), ("y42_merge_bomb", "SB0117"), ("y51_deep_flow_map", "SB0112"),
      ("y52_deep_block", "SB0112"), ("y55_many_keys", "SB0113"), ("y58_quadratic_flow", "SB0112"),
    ])
  func `a bomb is defused within a tenth of a second`(file: String, code: String) throws {
    let folder = try #require(Self.folder)
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file + ".yaml")))
    var log = DiagnosticLog(file: file)
    let milliseconds = cpuMilliseconds { _ = YAMLTree.compose(bytes, into: &log) }
    #expect(log.diagnostics.contains { $0.code.rawValue == code })
    #expect(milliseconds <= 100)
  }

  @Test(.enabled(if: folder != nil, "the shared corpus is not here"))
  func `no file of the corpus crashes the flow loader, and none prints more than its line`() throws {
    let folder = try #require(Self.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    #expect(files.count > 50)
    for file in files.sorted() {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
      var loaded = Loaded<Int>(content: nil, diagnostics: [])
      let milliseconds = cpuMilliseconds {
        loaded.diagnostics = FlowLoader.load(source: bytes, file: file, catalogue: .example).diagnostics
      }
      #expect(!loaded.diagnostics.isEmpty, "\(file)")
      #expect(milliseconds <= 150, "\(file)")
      for diagnostic in loaded.diagnostics {
        #expect(diagnostic.text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count < 600 }, "\(file)")
        #expect(!diagnostic.text.contains("AAAAAAAAAAAAAAAA"), "\(file)")
      }
    }
  }

  @Test(arguments: [
    ("text: ", "x"), ("m:\n", "  k: 1\n"), ("l:\n", "- {a: 1, b: [1, 2, 3]}\n"), ("d: ", "["), ("# ", "c"),
    ("a: 1", "\n"), ("q: \"", "\\\""),
  ])
  func `ten mebibytes are refused by their size alone`(head: String, unit: String) {
    var bytes = Array(head.utf8)
    let piece = Array(unit.utf8)
    while bytes.count < 10 << 20 { bytes.append(contentsOf: piece) }
    var log = DiagnosticLog(file: "big.yaml")
    let milliseconds = cpuMilliseconds { _ = YAMLTree.compose(bytes, into: &log) }
    #expect(log.diagnostics.map(\.code) == [.fileTooLarge])
    #expect(milliseconds <= 5)
  }
}
