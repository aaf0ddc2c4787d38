//! What a plain scalar means: YAML 1.2's core schema and nothing else. What YAML 1.1 would have read differently
//! is refused rather than guessed, because half of the tools around still guess the old way.
internal import SwitchboardSDK

enum CoreSchema {
  enum Outcome {
    case value(Value)
    case refused(message: String, hint: String)
  }

  static func resolve(_ text: String) -> Outcome {
    switch text {
    case "", "~", "null", "Null", "NULL": return .value(.null)
    case "true", "True", "TRUE": return .value(.bool(true))
    case "false", "False", "FALSE": return .value(.bool(false))
    case "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
      return .refused(
        message: "'\(text)' is a boolean in YAML 1.1 and a text in YAML 1.2",
        hint: "write true or false, or put it in quotes: \"\(text)\"")
    case ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf", "+.INF", ".nan", ".NaN", ".NAN":
      return .refused(message: "'\(text)' is no number that can be used", hint: "put it in quotes if a text is meant")
    default: break
    }
    guard let first = text.utf8.first, first == 0x2B || first == 0x2D || first == 0x2E || isDigit(first) else {
      return .value(.text(text))
    }
    return number(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func number(_ text: String) -> Outcome {
    let hasSign = text.hasPrefix("-") || text.hasPrefix("+")
    let digits = hasSign ? text.dropFirst() : text[...]
    if digits.utf8.allSatisfy(isDigit), !digits.isEmpty { return whole(text, digits) }
    if digits.hasPrefix("0x") || digits.hasPrefix("0o") { return based(text, digits) }
    if digits.utf8.allSatisfy({ isDigit($0) || $0 == 0x5F || $0 == 0x2E }), digits.utf8.contains(0x5F),
      digits.utf8.first.map(isDigit) == true
    {
      return .refused(
        message: "\(text): digit separators are YAML 1.1 only", hint: "write the number without '_', or quote it")
    }
    if isSexagesimal(digits) {
      return .refused(
        message: "\(text) is a number to base 60 in YAML 1.1 and a text in YAML 1.2",
        hint: "put it in quotes: \"\(text)\"")
    }
    guard isFloat(digits) else { return .value(.text(text)) }
    guard let double = Double(text.hasPrefix("+") ? String(digits) : text), double.isFinite else {
      return .refused(message: "\(text) is out of range", hint: "put it in quotes if a text is meant")
    }
    return .value(.double(double))
  }

  private static func whole(_ text: String, _ digits: Substring) -> Outcome {
    if digits.utf8.count > 1, digits.hasPrefix("0") {
      return .refused(
        message: "number \(text) is ambiguous: YAML 1.1 reads a leading 0 as octal",
        hint: "write 0o\(digits.drop { $0 == "0" }) or \"\(text)\"")
    }
    guard let number = Int64(text) else {
      return .refused(message: "\(text) does not fit in 64 bits", hint: "put it in quotes if a text is meant")
    }
    return .value(.int(number))
  }

  private static func based(_ text: String, _ digits: Substring) -> Outcome {
    let body = digits.dropFirst(2)
    if body.contains("_") {
      return .refused(
        message: "\(text): digit separators are YAML 1.1 only", hint: "write the number without '_', or quote it")
    }
    // The core schema knows no sign before 0x and 0o.
    guard digits.startIndex == text.startIndex, !body.isEmpty, body.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
      body.utf8.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0 | 0x20) })
    else { return .value(.text(text)) }
    guard let number = Int64(body, radix: digits.hasPrefix("0x") ? 16 : 8) else {
      return .refused(message: "\(text) is no number that fits in 64 bits", hint: "put it in quotes if a text is meant")
    }
    return .value(.int(number))
  }

  private static func isSexagesimal(_ digits: Substring) -> Bool {
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, let head = parts.first, !head.isEmpty else { return false }
    return head.utf8.allSatisfy(isDigit)
      && parts.dropFirst().allSatisfy { part in
        (1...2).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit) && (Int(part) ?? 60) < 60
      }
  }

  /// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` (YAML 1.2.2, §10.3.2).
  private static func isFloat(_ digits: Substring) -> Bool {
    var rest = digits.utf8[...]
    let before = rest.prefix(while: isDigit).count
    rest = rest.dropFirst(before)
    var after = 0
    if rest.first == 0x2E {
      rest = rest.dropFirst()
      after = rest.prefix(while: isDigit).count
      rest = rest.dropFirst(after)
    }
    guard before + after > 0 else { return false }
    guard let letter = rest.first else { return true }
    guard letter | 0x20 == 0x65 else { return false }
    rest = rest.dropFirst()
    if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
    return !rest.isEmpty && rest.allSatisfy(isDigit)
  }
}
