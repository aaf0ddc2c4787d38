//! Which of 256 parts a lane belongs to: nodes hold parts, never single lanes, so that holding costs the same
//! with ten conversations and with ten million.

package enum LanePartition {
  package static let count = 256

  /// 0 to 255. FNV-1a with 64 bits over the name's UTF-8 (http://www.isthe.com/chongo/tech/comp/fnv/), folded to
  /// eight bits so that every bit counts. It is stored with each run: it can never change.
  package static func of(_ lane: String) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in lane.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash ^= hash >> 32
    hash ^= hash >> 16
    hash ^= hash >> 8
    return Int(hash & 0xff)
  }
}
