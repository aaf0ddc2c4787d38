//! What a parameter of a Bot API method may be. The real server forgives much; this one forgives nothing, so that
//! a connector's slip shows in a test and not at a customer's.

internal import SwitchboardSDK

struct ParameterRule: Sendable {
  enum Kind: Sendable {
    case integer(ClosedRange<Int64>)
    case boolean
    /// With the longest length in Unicode scalars.
    case text(max: Int)
    /// An integer id or `@name`.
    case chat
    /// A `file_id`, an address, or an upload (`attach://` or a part of this name).
    case file
    /// JSON of these shapes, checked by `ObjectCheck`.
    case entities, inlineMarkup, replyMarkup, replyParameters, linkPreview, textList, mediaGroup, commands, object
    /// Known to the Bot API, not to this emulator.
    case unsupported
  }

  var kind: Kind
  var isRequired = false

  static func required(_ kind: Kind) -> ParameterRule { ParameterRule(kind: kind, isRequired: true) }
  static func optional(_ kind: Kind) -> ParameterRule { ParameterRule(kind: kind) }

  static let identifiers: ClosedRange<Int64> = 1...Int64(Int32.max)

  /// The checked value in its own type.
  func check(_ name: String, _ given: Value) throws(BotAPIError) -> Value {
    switch kind {
    case .integer(let range):
      guard let number = given.textValue.map({ Int64($0) }) ?? given.intValue else { throw wrong(name, "an integer") }
      guard range.contains(number) else { throw wrong(name, "from \(range.lowerBound) to \(range.upperBound)") }
      return .int(number)
    case .boolean:
      switch given {
      case .bool, .text("true"), .text("True"), .text("1"): return .bool(given != .bool(false))
      case .text("false"), .text("False"), .text("0"): return .bool(false)
      default: throw wrong(name, "true or false")
      }
    case .text(let max):
      guard let text = given.textValue ?? given.intValue.map({ String($0) }) else { throw wrong(name, "a string") }
      guard text.utf8.count <= max || text.unicodeScalars.count <= max else {
        throw wrong(name, "at most \(max) characters long")
      }
      return .text(text)
    case .chat:
      if let number = given.intValue ?? given.textValue.flatMap({ Int64($0) }) { return .int(number) }
      guard let text = given.textValue else { throw wrong(name, "an integer or a string") }
      if text.isEmpty { throw .badRequest("\(name) is empty") }
      return .text(text)
    case .file:
      guard given.textValue != nil else { throw wrong(name, "a file or a string") }
      return given
    case .unsupported: throw .badRequest("parameter '\(name)' is not supported by this emulator")
    default: return try structure(name, given)
    }
  }

  private func structure(_ name: String, _ given: Value) throws(BotAPIError) -> Value {
    var value = given
    if case .text(let text) = given {
      do { value = try JSON.parse(text) } catch { throw .badRequest("can't parse \(name): \(error.detail)") }
    }
    switch kind {
    case .entities: try ObjectCheck.entities(name, value)
    case .inlineMarkup: try ObjectCheck.inlineMarkup(value)
    case .replyMarkup: try ObjectCheck.replyMarkup(value)
    case .replyParameters: try ObjectCheck.replyParameters(value)
    case .linkPreview: try ObjectCheck.linkPreview(value)
    case .textList:
      guard let list = value.listValue, list.allSatisfy({ $0.textValue != nil }) else {
        throw wrong(name, "an array of strings")
      }
    case .mediaGroup: try ObjectCheck.mediaGroup(value)
    case .commands: try ObjectCheck.commands(value)
    default: guard value.mapValue != nil else { throw wrong(name, "an object") }
    }
    return value
  }

  private func wrong(_ name: String, _ wanted: String) -> BotAPIError {
    .badRequest("parameter '\(name)' must be \(wanted)")
  }
}
