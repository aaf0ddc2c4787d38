//! Plugins as the program meets them in a folder: listed, inspected, and refused when they are of another version.
import Foundation
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct PluginTests {
  private static let bundled = "libSwitchboardTelegram.so"

  /// A bundled plugin with one member of its handshake changed to another text of the same length.
  private func forge(_ member: String, in house: House, as name: String) throws {
    let bytes = try Data(contentsOf: try Program.folder().appendingPathComponent(Self.bundled))
    let magic = Data("switchboard-plugin-handshake:".utf8)
    let key = Data((member.split(separator: "=")[0] + "=").utf8)
    var forged = bytes
    var from = bytes.startIndex
    var changes = 0
    while let start = bytes.range(of: magic, in: from..<bytes.endIndex) {
      from = start.upperBound
      let rest = from..<min(from + 100, bytes.endIndex)
      guard let place = bytes.range(of: key, in: rest),
        let end = bytes.range(of: Data(";".utf8), in: place.upperBound..<rest.upperBound)
      else { continue }
      let old = end.lowerBound - place.upperBound
      let new = Data(member.utf8).dropFirst(key.count).prefix(old)
      try #require(new.count == old, "the forged value must be as long as \(old) bytes")
      forged.replaceSubrange(place.upperBound..<end.lowerBound, with: new)
      changes += 1
    }
    try #require(changes > 0, "no handshake in \(Self.bundled)")
    try house.write("plugins/\(name)", forged)
  }

  @Test(arguments: [
    ("sdk=9.0.0", "is built with SDK 9.0.0, newer than the"), ("abi=7", "is built for plugin ABI 7"),
    ("swift=5.9.9", "is built with Swift 5.9.9"),
  ])
  func `a plugin of another version is refused with a sentence, and the others go on`(
    _ member: String, _ sentence: String
  ) async throws {
    let house = try House()
    try forge(member, in: house, as: "libOther.so")
    let inspected = try await house.run(["plugin", "inspect", "plugins/libOther.so"])
    #expect(inspected.status == 1 && inspected.output.contains(sentence), "\(inspected)")
    let listed = try await house.run(["plugin", "list", "--folder", "plugins"])
    #expect(listed.status == 1 && listed.output.contains("plugins/libOther.so: \(sentence)"), "\(listed)")
    #expect(listed.output.contains("telegram 0") || listed.output.contains("telegram 1"), "\(listed)")
    #expect(listed.output.contains("\navito ") || listed.output.hasPrefix("avito "), "\(listed)")
  }

  @Test func `the engine serves although its plugin folder holds foreign plugins and rubbish`() async throws {
    var settings = StageSettings()
    settings.plugins = ["plugins"]
    try await Stage.play(settings) { house in
      try forge("sdk=9.0.0", in: house, as: "libNewer.so")
      try forge("abi=7", in: house, as: "libABI.so")
      try house.write("plugins/libText.so", "no library at all")
      try house.write("plugins/libCut.so", "\u{7F}ELF")
    } _: { stage in
      try await stage.logSays("plugin not loaded", "libNewer.so", "newer than the")
      try await stage.logSays("plugin not loaded", "libABI.so", "plugin ABI 7")
      try await stage.logSays("plugin not loaded", "libText.so")
      try await stage.logSays("plugin not loaded", "libCut.so")
      try await stage.vera("с чужими плагинами рядом")
      try await stage.topicShows("с чужими плагинами рядом")
      #expect(await stage.engine.isAlive)
    }
  }

  @Test func `the bundled plugins are listed and inspected, as text and as JSON`() async throws {
    let house = try House()
    let listed = try await house.run(["plugin", "list"])
    #expect(listed.status == 0 && listed.output.split(separator: "\n").count == 2, "\(listed)")
    let file = try Program.folder().appendingPathComponent(Self.bundled).path
    let inspected = try await house.run(["plugin", "inspect", file])
    #expect(inspected.status == 0 && inspected.output.contains("token (secret, required)"), "\(inspected)")
    let value = try JSON.parse(Array(try await house.run(["plugin", "inspect", file, "--json"]).output.utf8))
    #expect(value["name"] == "telegram" && value["abi"] == 1)
    let missing = try await house.run(["plugin", "inspect", "nowhere.so"])
    #expect(missing.status == 1 && missing.output.contains("nowhere.so: cannot be read"), "\(missing)")
  }
}
