//! The checkout as the tidy rules see it: each Swift file with its place and its lines.
import Foundation

struct SourceFile: Sendable {
  /// From the root of the checkout, with `/`.
  let path: String
  let lines: [String]

  init(path: String, text: String) {
    self.path = path
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  /// `Sources/FlowModel/…` → `FlowModel`; `Plugins/Telegram/Sources/Telegram/…` → `Telegram`; nil for tests.
  var target: String? {
    let parts = path.split(separator: "/").map(String.init)
    if parts.count >= 3, parts[0] == "Sources" { return parts[1] }
    if parts.count >= 5, parts[0] == "Plugins", parts[2] == "Sources" { return parts[3] }
    return nil
  }

  var isTest: Bool { path.hasPrefix("Tests/") || path.contains("/Tests/") }
  var isPlugin: Bool { path.hasPrefix("Plugins/") && !path.hasPrefix("Plugins/SDK/") }
  /// The folder under Plugins, which is also the name of the plugin's main target.
  var plugin: String? { isPlugin ? path.split(separator: "/").dropFirst().first.map(String.init) : nil }
  /// `Package.swift`: a manifest, not code of a target.
  var isManifest: Bool { path.hasSuffix("Package.swift") }
}

enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All Swift files under Sources, Plugins and Tests. Texts inside test fixtures count as well.
  static func read() -> [SourceFile] {
    ["Sources", "Plugins", "Tests"].flatMap { folder in files(under: root.appending(path: folder)) }
      .sorted { $0.path < $1.path }
  }

  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  private static func files(under folder: URL) -> [SourceFile] {
    guard let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
    var files: [SourceFile] = []
    for case let url as URL in walk {
      if url.lastPathComponent.hasPrefix(".") {
        walk.skipDescendants()
        continue
      }
      guard url.pathExtension == "swift", let text = try? String(contentsOf: url, encoding: .utf8) else { continue }
      files.append(SourceFile(path: String(url.path.dropFirst(root.path.count + 1)), text: text))
    }
    return files
  }
}
