//! The function through which Lua's `text` library asks FlowModel. It never raises: it returns a length.
internal import CLua
internal import FlowModel

enum TextBridge {
  /// Matches `sb_text_function`: writes at most `capacity` bytes and returns the whole length, -1 for "none".
  static let function: sb_text_function = { operation, input, length, output, capacity in
    let raw = UnsafeRawPointer(input)?.assumingMemoryBound(to: UInt8.self)
    let bytes = UnsafeBufferPointer(start: raw, count: length)
    guard let result = TextBridge.perform(operation, bytes) else { return -1 }
    if let output, capacity > 0 {
      result.withUnsafeBytes { result in
        UnsafeMutableRawBufferPointer(start: output, count: capacity).copyBytes(from: result.prefix(capacity))
      }
    }
    return result.count
  }

  private static func perform(_ operation: CInt, _ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    switch UInt32(bitPattern: operation) {
    case SB_TEXT_FOLD.rawValue: TextFolding.folded(bytes)
    case SB_TEXT_STEMS.rawValue: TextWords.stems(bytes)
    case SB_TEXT_LOWER.rawValue: TextFolding.lowercased(bytes)
    case SB_TEXT_UPPER.rawValue: TextFolding.uppercased(bytes)
    case SB_TEXT_TRIM.rawValue: TextFolding.trimmed(bytes)
    case SB_TEXT_WORDS.rawValue: TextWords.lines(bytes)
    case SB_TEXT_STEM.rawValue: TextWords.stem(bytes)
    case SB_TEXT_PHONE.rawValue: TextFinding.phone(bytes)
    case SB_TEXT_PRICE.rawValue: TextFinding.price(bytes)
    case SB_TEXT_PHONES.rawValue: TextExtraction.phones(bytes)
    case SB_TEXT_NUMBER.rawValue: TextExtraction.number(bytes)
    case SB_TEXT_EMAIL.rawValue: TextExtraction.email(bytes)
    case SB_TEXT_LINK.rawValue: TextExtraction.link(bytes)
    case SB_TEXT_DIGITS.rawValue: TextExtraction.digits(bytes)
    case SB_TEXT_LANGUAGE.rawValue: TextExtraction.language(bytes)
    default: nil
    }
  }
}
