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
    var line = Array("{".utf8)
    func member(_ name: String, _ value: String, bytesMax: Int) -> [UInt8] {
      var member = line.count > 1 ? [UInt8(ascii: ",")] : []
      member.append(UInt8(ascii: "\""))
      member += LogEscape.escaped(Array(name.utf8), as: .json, bytesMax: 64)
      member += Array("\":\"".utf8)
      member += LogEscape.escaped(Self.prepared(value, mask), as: .json, bytesMax: bytesMax)
      member.append(UInt8(ascii: "\""))
      return member
    }
    line += member("ts", record.at.description, bytesMax: 64)
    line += member("level", record.level.rawValue, bytesMax: 16)
    line += member("msg", record.text, bytesMax: Self.textBytesMax)
    line += member("logger", record.logger, bytesMax: 128)
    for field in record.fields {
      let name = Self.ownNames.contains(field.name) ? "field_\(field.name)" : field.name
      let next = member(name, field.value, bytesMax: Self.fieldBytesMax)
      // Room for the mark, the brace and the newline.
      guard line.count + next.count <= Self.bytesMax - 32 else {
        line += Array(",\"cut\":\"fields\"".utf8)
        break
      }
      line += next
    }
    line += Array("}\n".utf8)
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
    line += LogEscape.escaped(Self.prepared(record.text, mask), as: .pretty, bytesMax: Self.textBytesMax)
    line += Array("\(dim)  \(record.logger)".utf8.prefix(160))
    for field in record.fields {
      var next = Array(" ".utf8)
      next += LogEscape.escaped(Array(field.name.utf8), as: .pretty, bytesMax: 64)
      next.append(UInt8(ascii: "="))
      next += LogEscape.escaped(Self.prepared(field.value, mask), as: .pretty, bytesMax: Self.fieldBytesMax)
      guard line.count + next.count <= Self.bytesMax - 32 else {
        line += Array(" …".utf8)
        break
      }
      line += next
    }
    line += Array("\(plain)\n".utf8)
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
