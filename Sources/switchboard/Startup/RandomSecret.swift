//! Secrets that the program makes itself.

enum RandomSecret {
  /// From the system's cryptographic generator; base64url without padding (RFC 4648 §5).
  static func urlSafe(bytes count: Int) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var generator = SystemRandomNumberGenerator()
    var text: [UInt8] = []
    // Six bits a letter.
    for _ in 0..<((count * 8 + 5) / 6) { text.append(alphabet[Int(generator.next() % 64)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
