//! A record as exactly one line: whatever a customer, a file or a peer puts into a name cannot forge a second one
//! (reliability.md §7, row G1).
import Logging
import SwitchboardSDK

package struct LogLine: Sendable {
  /// A whole record, its newline included. Collectors cut or refuse longer lines.
  package static let bytesMax = 8 * 1024
  private static let textBytesMax = 4 * 1024
  private static let fieldBytesMax = 1024
  /// Of a text before masking: more is not even looked at.
  private static let lookedAtBytesMax = 64 * 1024

  package let format: LogFormat
  package let usesColour: Bool

  package init(format: LogFormat, usesColour: Bool = false) {
    self.format = format
    self.usesColour = usesColour && format == .pretty
  }

  package func bytes(of record: LogRecord, mask: SecretMask) -> [UInt8] {
    switch format {
    case .json: json(record, mask)
    case .pretty: pretty(record, mask)
    }
  }

  private func json(_ record: LogRecord, _ mask: SecretMask) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(512)
    func append(_ name: String, _ value: String, bytesMax: Int) {
      line.append(line.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
      line.append(UInt8(ascii: "\""))
      LogEscape.append(Array(name.utf8), to: &line, as: .json, bytesMax: 64)
      line += "\":\"".utf8
      LogEscape.append(Self.prepared(value, mask), to: &line, as: .json, bytesMax: bytesMax)
      line.append(UInt8(ascii: "\""))
    }
    append("ts", record.at.description, bytesMax: 64)
    append("level", record.level.rawValue, bytesMax: 16)
    append("msg", record.text, bytesMax: Self.textBytesMax)
    append("logger", record.logger, bytesMax: 128)
    for field in record.fields {
      let start = line.count
      let name = Self.ownNames.contains(field.name) ? "field_\(field.name)" : field.name
      append(name, field.value, bytesMax: Self.fieldBytesMax)
      // Room for the mark, the brace and the newline.
      if line.count > Self.bytesMax - 32 {
        line.removeLast(line.count - start)
        append("cut", "fields", bytesMax: 16)
        break
      }
    }
    line += "}\n".utf8
    return line
  }

  private static let ownNames: Set<String> = ["ts", "level", "msg", "logger", "cut"]

  private func pretty(_ record: LogRecord, _ mask: SecretMask) -> [UInt8] {
    let dim = usesColour ? "\u{1B}[2m" : ""
    let plain = usesColour ? "\u{1B}[0m" : ""
    let colour = usesColour ? Self.colour(of: record.level) : ""
    // Time of day in UTC is enough for eyes; the date is in the JSON form.
    let time = String(record.at.description.dropFirst(11).prefix(12))
    let level = record.level.rawValue.padded(to: 8)
    var line = Array("\(dim)\(time)\(plain) \(colour)\(level)\(plain) ".utf8)
    LogEscape.append(Self.prepared(record.text, mask), to: &line, as: .pretty, bytesMax: Self.textBytesMax)
    line += "\(dim)  \(record.logger)".utf8.prefix(160)
    for field in record.fields {
      let start = line.count
      line.append(UInt8(ascii: " "))
      LogEscape.append(Array(field.name.utf8), to: &line, as: .pretty, bytesMax: 64)
      line.append(UInt8(ascii: "="))
      LogEscape.append(Self.prepared(field.value, mask), to: &line, as: .pretty, bytesMax: Self.fieldBytesMax)
      if line.count > Self.bytesMax - 32 {
        line.removeLast(line.count - start)
        line += " …".utf8
        break
      }
    }
    line += "\(plain)\n".utf8
    return line
  }

  /// Masks before anything is cut, so that a cut never leaves the first half of a secret behind.
  private static func prepared(_ text: String, _ mask: SecretMask) -> [UInt8] {
    let looked = text.utf8.prefix(lookedAtBytesMax)
    var masked = mask.masked(Array(looked))
    if looked.endIndex != text.utf8.endIndex { masked.removeLast(min(masked.count, mask.patternBytesMax)) }
    return masked
  }

  private static func colour(of level: Logger.Level) -> String {
    switch level {
    case .trace, .debug: "\u{1B}[36m"
    case .info: "\u{1B}[32m"
    case .notice: "\u{1B}[34m"
    case .warning: "\u{1B}[33m"
    case .error, .critical: "\u{1B}[31m"
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
