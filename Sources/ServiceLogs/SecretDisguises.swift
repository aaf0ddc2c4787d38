//! The forms in which a secret travels: as it is, in a URL, in Basic credentials, in a debug dump.

enum SecretDisguises {
  static func forms(of secret: [UInt8]) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = [secret, percentEncoded(secret, digits: upper), percentEncoded(secret, digits: lower)]
    for alphabet in [standard, urlSafe] {
      for lead in 0..<3 {
        let core = base64Core(secret, lead: lead, alphabet: alphabet)
        if core.count >= SecretMask.secretBytesMin { forms.insert(core) }
      }
    }
    return forms
  }

  /// All but the unreserved characters of RFC 3986.
  private static func percentEncoded(_ secret: [UInt8], digits: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    for byte in secret {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.append(byte)
      default:
        encoded.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return encoded
  }

  /// The base64 characters that depend on the secret alone when `lead` bytes (mod 3) stand before it, as the user
  /// name does in `user:secret`. What depends on its neighbours too, at both ends, is left out.
  private static func base64Core(_ secret: [UInt8], lead: Int, alphabet: [UInt8]) -> [UInt8] {
    let bits = secret.flatMap { byte in (0..<8).map { byte >> (7 - UInt8($0)) & 1 } }
    // The first character boundary at or after the secret's first bit; `lead` bytes are 8 × lead bits.
    var position = (6 - lead * 8 % 6) % 6
    var core: [UInt8] = []
    while position + 6 <= bits.count {
      let index = bits[position..<position + 6].reduce(0) { $0 << 1 | Int($1) }
      core.append(alphabet[index])
      position += 6
    }
    return core
  }

  private static let upper = Array("0123456789ABCDEF".utf8)
  private static let lower = Array("0123456789abcdef".utf8)
  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
