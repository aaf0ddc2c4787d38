//! The known secrets of this process, and their disguises, so that none of them appears in a log (contract §7.8).

package struct SecretMask: Sendable {
  /// Shorter values would blank out half of every line, and are no secrets.
  package static let secretBytesMin = 6
  private static let replacement = Array("***".utf8)

  /// At the index of their first byte, longest first, so that one pass over a text finds all.
  private var patterns: [[[UInt8]]] = Array(repeating: [], count: 256)
  private var known: Set<[UInt8]> = []
  /// The longest disguise, in bytes: a cut text may hold that much of a secret at its end.
  package private(set) var patternBytesMax = 0

  package init(_ secrets: [String] = []) {
    for secret in secrets { insert(secret) }
  }

  package mutating func insert(_ secret: String) {
    let bytes = Array(secret.utf8)
    guard bytes.count >= Self.secretBytesMin else { return }
    for form in SecretDisguises.forms(of: bytes) where known.insert(form).inserted {
      guard let first = form.first else { continue }
      patterns[Int(first)].append(form)
      patterns[Int(first)].sort { $0.count > $1.count }
      patternBytesMax = max(patternBytesMax, form.count)
    }
  }

  /// The same text with each known secret, plain or disguised, replaced by `***`.
  package func masked(_ text: [UInt8]) -> [UInt8] {
    guard !known.isEmpty, let first = hit(in: text, from: 0) else { return text }
    var masked: [UInt8] = []
    masked.reserveCapacity(text.count)
    var position = 0
    var next: (at: Int, length: Int)? = first
    while let found = next {
      masked += text[position..<found.at]
      masked += Self.replacement
      position = found.at + found.length
      next = hit(in: text, from: position)
    }
    masked += text[position...]
    return masked
  }

  private func hit(in text: [UInt8], from start: Int) -> (at: Int, length: Int)? {
    for position in start..<max(start, text.count) {
      for pattern in patterns[Int(text[position])] where Self.text(text, hasAt: position, pattern) {
        return (position, pattern.count)
      }
    }
    return nil
  }

  package func masked(_ text: String) -> String {
    guard !known.isEmpty else { return text }
    return String(decoding: masked(Array(text.utf8)), as: UTF8.self)
  }

  private static func text(_ text: [UInt8], hasAt position: Int, _ pattern: [UInt8]) -> Bool {
    guard position + pattern.count <= text.count else { return false }
    for offset in pattern.indices where text[position + offset] != pattern[offset] { return false }
    return true
  }
}
