//! Text of strangers, made fit for a terminal.

enum LogText {
  /// Control characters as escapes, so that a message cannot forge a line of output.
  static func escaped(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029
      safe += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return safe
  }
}
