//! A short stable name for some text (FNV-1a, 64 bits): Swift's own hashes change with each start.

struct Fingerprint: Sendable {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { mix(byte) }
    // No UTF-8 holds this byte: it keeps "ab" + "c" apart from "a" + "bc".
    mix(0xFF)
  }

  private mutating func mix(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

  var hexadecimal: String { String(state, radix: 16) }
}
