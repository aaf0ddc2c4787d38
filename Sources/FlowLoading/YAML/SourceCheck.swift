//! What is looked at before a file is parsed at all: size, encoding, characters.

package enum SourceCheck {
  /// Bytes fit for the parser (no byte-order mark), or the problem that makes them unfit.
  package static func check(_ bytes: [UInt8], file: String, into log: inout DiagnosticLog) -> [UInt8]? {
    guard bytes.count <= YAMLLimits.fileBytesMax else {
      log.add(
        .fileTooLarge, SourceSpan(line: 1, column: 1),
        "file is \(grouped(bytes.count)) bytes, the limit is \(grouped(YAMLLimits.fileBytesMax))")
      return nil
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      log.add(.encoding, SourceSpan(line: 1, column: 1), "the file is saved as UTF-16", hint: "save it as UTF-8")
      return nil
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    let source = SourceText(file: file, bytes: body)
    log.source = source
    return scan(body, source, &log) ? body : nil
  }

  private static func scan(_ bytes: [UInt8], _ source: SourceText, _ log: inout DiagnosticLog) -> Bool {
    var at = 0
    var isFit = true
    while at < bytes.count {
      let byte = bytes[at]
      if byte < 0x80 {
        if (byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D) || byte == 0x7F {
          report(control: UInt32(byte), at, source, &log)
          isFit = false
        }
        at += 1
        continue
      }
      guard let (scalar, length) = decode(bytes, at) else {
        report(invalidAt: at, bytes, source, &log)
        return false
      }
      switch scalar {
      case 0x80...0x9F, 0xFEFF, 0xFDD0...0xFDEF, 0xFFFE, 0xFFFF:
        report(control: scalar, at, source, &log)
        isFit = false
      case 0x2028, 0x2029:
        let (line, column) = source.place(ofByte: at)
        log.add(
          .lineSeparator, severity: .warning, SourceSpan(line: line, column: column),
          "U+\(hexadecimal(scalar)) inside text is kept as text, it ends no line")
      default: break
      }
      at += length
    }
    return isFit
  }

  private static func report(control scalar: UInt32, _ at: Int, _ source: SourceText, _ log: inout DiagnosticLog) {
    let (line, column) = source.place(ofByte: at)
    log.add(.controlCharacter, SourceSpan(line: line, column: column), "control character U+\(hexadecimal(scalar))")
  }

  private static func report(invalidAt at: Int, _ bytes: [UInt8], _ source: SourceText, _ log: inout DiagnosticLog) {
    let (line, column) = source.place(ofByte: at)
    let span = SourceSpan(line: line, column: column)
    let rest = bytes[at...].prefix(4)
    let digits = hexadecimal(UInt32(bytes[at]), width: 2)
    if bytes[at] == 0xED, rest.count >= 3, rest[at + 1] >= 0xA0 {
      let code = 0xD000 | UInt32(rest[at + 1] & 0x3F) << 6 | UInt32(rest[at + 2] & 0x3F)
      log.add(.encoding, span, "UTF-8 encoded surrogate (U+\(hexadecimal(code)))")
    } else if at + expectedLength(bytes[at]) > bytes.count
      || (bytes[(at + 1)...].allSatisfy { $0 == 0x0A || $0 == 0x0D } && expectedLength(bytes[at]) > 1)
    {
      log.add(.encoding, span, "truncated UTF-8 sequence at end of file")
    } else {
      let letters = bytes[at...].prefix(200).count { $0 >= 0xC0 }
      let others = bytes[at...].prefix(200).count { (0x80..<0xC0).contains($0) }
      let looksCyrillic = letters >= 3 && letters > others * 4
      log.add(
        .encoding, span, "byte 0x\(digits) is not valid UTF-8",
        hint: looksCyrillic ? "the file looks like Windows-1251; save it as UTF-8" : "save the file as UTF-8")
    }
  }

  private static func expectedLength(_ byte: UInt8) -> Int {
    switch byte {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  /// RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
  private static func decode(_ bytes: [UInt8], _ at: Int) -> (scalar: UInt32, length: Int)? {
    let length = expectedLength(bytes[at])
    guard length > 1, at + length <= bytes.count else { return nil }
    var scalar = UInt32(bytes[at]) & (0xFF >> UInt32(length + 1))
    for index in at + 1..<at + length {
      guard bytes[index] & 0xC0 == 0x80 else { return nil }
      scalar = scalar << 6 | UInt32(bytes[index] & 0x3F)
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard scalar >= smallest, Unicode.Scalar(scalar) != nil else { return nil }
    return (scalar, length)
  }

  static func hexadecimal(_ scalar: UInt32, width: Int = 4) -> String {
    let digits = String(scalar, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// 10485760 as `10,485,760`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
