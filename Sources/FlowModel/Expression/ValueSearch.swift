//! Searching in texts for `in`, `matches` and the functions of the library; linear or bounded in every case.
package import SwitchboardSDK

package enum ValueSearch {
  /// An element of a list, a key of a mapping, or a part of a text (exactly as written).
  package static func isMember(_ value: Value, of container: Value) -> Bool {
    switch container {
    case .list(let elements): elements.contains { ValueOrder.areEqual($0, value) }
    case .map(let members): value.textValue.map { members[$0] != nil } ?? false
    case .text(let text): value.textValue.map { contains(text, $0) } ?? false
    case .null, .bool, .int, .double: false
    }
  }

  /// On UTF-8, with Horspool's skip table: a part of text is found where its bytes are.
  package static func contains(_ text: String, _ part: String) -> Bool {
    let haystack = Array(text.utf8)
    let needle = Array(part.utf8)
    guard let last = needle.last else { return true }
    guard haystack.count >= needle.count, needle.count <= Limits.patternBytesMax else { return false }
    var skips = [Int](repeating: needle.count, count: 256)
    for (index, byte) in needle.dropLast().enumerated() { skips[Int(byte)] = needle.count - 1 - index }
    var end = needle.count - 1
    while end < haystack.count {
      let byte = haystack[end]
      if byte == last, haystack[(end - needle.count + 1)...end].elementsEqual(needle) { return true }
      end += skips[Int(byte)]
    }
    return false
  }

  /// The whole text against a pattern of `*` (any run) and `?` (one character), letter case and ё/е aside.
  /// A pattern over the limit matches nothing, so that the work stays bounded.
  package static func matches(_ text: String, pattern: String) -> Bool {
    guard !pattern.isEmpty, pattern.utf8.count <= Limits.patternBytesMax else { return false }
    let subject = Array(TextMatching.folded(text).unicodeScalars)
    let shape = Array(TextMatching.folded(pattern).unicodeScalars)
    var at = 0
    var next = 0
    var star: (pattern: Int, subject: Int)?
    while at < subject.count {
      if next < shape.count, shape[next] == "*" {
        star = (next + 1, at)
        next += 1
      } else if next < shape.count, shape[next] == "?" || shape[next] == subject[at] {
        next += 1
        at += 1
      } else if let last = star {
        star = (last.pattern, last.subject + 1)
        next = last.pattern
        at = last.subject + 1
      } else {
        return false
      }
    }
    return shape[next...].allSatisfy { $0 == "*" }
  }
}
