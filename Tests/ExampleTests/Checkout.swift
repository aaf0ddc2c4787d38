//! The checkout as a reader finds it: pages, flows, rules, and the manifests of the connectors that come along.
import Avito
import Foundation
import SwitchboardSDK
import Telegram

enum Checkout {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let manifests: [String: PluginManifest] = [
    "avito": AvitoPlugin().manifest, "telegram": TelegramPlugin().manifest,
  ]

  /// The projects that are shipped, each a folder under `flows/`, and the connections their flows speak of.
  static let projects: [(folder: String, connections: [String: String], rules: String)] = [
    ("bench", ["source": "telegram", "desk": "telegram"], "demo"),
    ("demo", ["avito-main": "avito", "shop-bot": "telegram", "desk": "telegram"], "demo"),
    ("quickstart", ["avito": "avito", "desk": "telegram"], "quickstart"),
  ]

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The names of what lies in a folder, hidden things aside.
  static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { !$0.hasPrefix(".") }.sorted()
  }

  /// The text of every Swift file below a folder.
  static func sources(under folder: String) throws -> [String] {
    let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    var texts: [String] = []
    while let file = files?.nextObject() as? URL {
      if file.pathExtension == "swift" { texts.append(try String(contentsOf: file, encoding: .utf8)) }
    }
    return texts
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// Every page in Markdown, by its path from the root.
  static func pages() throws -> [String] {
    var pages = try names(in: "").filter { $0.hasSuffix(".md") }
    for folder in ["docs", "docs/decisions", "docs/rules"] {
      pages += try names(in: folder).filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
    }
    return pages + (try names(in: "Plugins")).map { "Plugins/\($0)/README.md" }.filter(exists)
  }
}
