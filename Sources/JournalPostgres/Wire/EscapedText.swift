//! PostgreSQL's `text` cannot hold U+0000, which people and channels do send. U+0000 is written as U+0001 and `0`,
//! U+0001 as U+0001 and `1`: nothing is lost, and the order of the bytes stays what it was.

enum EscapedText {
  private static let mark: UInt8 = 1

  static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { utf8 in
      guard utf8.contains(where: { $0 <= mark }) else { return bytes.append(contentsOf: utf8) }
      for byte in utf8 {
        if byte <= mark {
          bytes.append(mark)
          bytes.append(0x30 + byte)
        } else {
          bytes.append(byte)
        }
      }
    }
  }

  static func text(_ stored: UnsafeBufferPointer<UInt8>) -> String {
    guard stored.contains(mark) else { return String(decoding: stored, as: UTF8.self) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(stored.count)
    var isMarked = false
    for byte in stored {
      if isMarked {
        bytes.append(byte &- 0x30)
        isMarked = false
      } else if byte == mark {
        isMarked = true
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
