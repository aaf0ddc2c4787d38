//! The name of a version of a file, made of what stands in it.

/// Names a version. FNV-1a (64 bits) tells one owner's versions apart; it protects against nobody.
package enum ContentHash {
  package static func hexadecimal(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
