//! What happened, in order, as a running hash: two plays of a seed that differ anywhere end differently. The lines
//! themselves are kept on request only.

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulationTrace: @unchecked Sendable {
  private let keepsLines: Bool
  private let time: VirtualTime
  /// FNV-1a over kinds, numbers and texts.
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var lines: [String] = []

  init(time: VirtualTime, keepsLines: Bool) {
    self.time = time
    self.keepsLines = keepsLines
  }

  /// - Parameter who: the machine, where there are several.
  func note(
    _ what: StaticString, _ first: Int64 = 0, _ second: Int64 = 0, _ text: String = "", by who: String = ""
  ) {
    mix(UInt64(bitPattern: time.milliseconds))
    what.withUTF8Buffer { mix($0) }
    mix(UInt64(bitPattern: first))
    mix(UInt64(bitPattern: second))
    var text = text
    text.withUTF8 { mix($0) }
    var who = who
    who.withUTF8 { mix($0) }
    guard keepsLines else { return }
    var line = "\(time.milliseconds) ms  \(who.isEmpty ? "" : "\(who)  ")\(what)"
    if first != 0 || second != 0 { line += " \(first)" }
    if second != 0 { line += ".\(second)" }
    if !text.isEmpty { line += "  \(text)" }
    lines.append(line)
  }

  private func mix(_ number: UInt64) { hash = (hash ^ number) &* 0x100_0000_01B3 }

  private func mix(_ bytes: UnsafeBufferPointer<UInt8>) {
    var mixed = hash
    for byte in bytes { mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = mixed
  }
}
