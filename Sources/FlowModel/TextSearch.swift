//! Finding bytes in bytes.

enum TextSearch {
  /// Whether `needle`, which is not empty, occurs in `haystack`.
  static func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
    haystack.withUnsafeBufferPointer { haystack in
      needle.withUnsafeBufferPointer { needle in
        guard let last = needle.last, needle.count <= haystack.count else { return needle.isEmpty }
        // The last byte tells Cyrillic letters apart; the first is 0xD0 or 0xD1 for nearly all of them.
        var end = needle.count - 1
        while end < haystack.count {
          if haystack[end] == last, matches(haystack, needle, from: end - needle.count + 1) { return true }
          end += 1
        }
        return false
      }
    }
  }

  @inline(__always)
  private static func matches(
    _ haystack: UnsafeBufferPointer<UInt8>, _ needle: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Bool {
    for index in needle.indices where haystack[start + index] != needle[index] { return false }
    return true
  }
}
