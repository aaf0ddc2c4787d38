//! Hostile chunks of Lua and how each must end: those of this checkout, and the larger corpus beside it when there is
//! one.
internal import FlowModel
package import Foundation
package import RuleEngine
internal import SwitchboardSDK

package struct RuleAttack: Sendable, CustomStringConvertible {
  package enum Expectation: String, Sendable {
    /// Refused, or ended with an error; never a text that begins with ESCAPED.
    case rejected
    /// Ended by a budget; ending sooner by itself is as good.
    case stopped
    /// Ended by the memory budget or an error.
    case memcap
    /// Runs to its end.
    case harmless
    /// The honest chunk that is run after each.
    case canary = "CANARY-OK"
  }

  package var name: String
  package var expectation: Expectation
  package var bytes: [UInt8]

  package init(_ name: String, _ expectation: Expectation, _ source: String) {
    self.name = name
    self.expectation = expectation
    bytes = Array(source.utf8)
  }

  package var description: String { name }
  package var source: RuleSource { RuleSource(name: name, file: name, bytes: bytes) }

  /// The corpus's protocol allows 50 ms beside the budget of 100.
  package static let cpuMillisecondsMax = 150.0
  package static let memoryBytesMax = 16 << 20

  /// What is wrong with how it ended; nil when all is as expected.
  package func objection(to outcome: RuleChunkOutcome) -> String? {
    let text = (try? outcome.result.get())?.textValue ?? ""
    let failure: RuleFailure? = if case .failure(let failure) = outcome.result { failure } else { nil }
    let milliseconds = Double(outcome.cost.cpuNanoseconds) / 1e6
    if milliseconds > Self.cpuMillisecondsMax { return "it took \(milliseconds) ms of CPU" }
    if outcome.cost.peakBytes > Self.memoryBytesMax { return "it took \(outcome.cost.peakBytes) bytes" }
    if text.hasPrefix("ESCAPED") { return text }
    if let detail = failure?.detail {
      if detail.utf8.count > 4_096 { return "its error has \(detail.utf8.count) bytes" }
      if detail.unicodeScalars.contains(where: { $0.value < 0x20 }) { return "its error has control characters" }
      if detail.hasPrefix("its process") { return detail }
    }
    // `<close>` is refused when it is compiled, by design: its handlers are one of the ways round a hook.
    if failure?.detail == "<close> is not allowed in rules" { return nil }
    let isFine =
      switch expectation {
      case .canary: text == "CANARY-OK"
      case .rejected: failure != nil
      case .stopped: failure != nil || text.hasPrefix("SLOW") || text.hasPrefix("SAFE")
      case .memcap: failure.map { [.memory, .failed].contains($0.code) } == true
      // Some are errors by their very text: the host reports them.
      case .harmless: text.hasPrefix("SAFE") || failure?.code == .failed
      }
    return isFine ? nil : "it ended with \(outcome.result)"
  }

  // The corpus beside the checkout.

  package static let shared: [RuleAttack] = {
    guard let folder = sharedFolder,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return names.filter { $0.hasSuffix(".lua") }.sorted().compactMap { name in
      guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { return nil }
      let first = String(decoding: data.prefix { $0 != 0x0A }, as: UTF8.self).split(separator: " ")
      guard first.count > 2, let expectation = Expectation(rawValue: String(first[2])) else { return nil }
      var attack = RuleAttack(name, expectation, "")
      attack.bytes = Array(data)
      return attack
    }
  }()

  package static let sharedFolder: URL? = {
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

  private static func existing(_ shared: URL) -> URL? {
    let folder = shared.appendingPathComponent("attacks/lua")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }
}
