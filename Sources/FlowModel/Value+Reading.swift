//! How values read in a flow: as a condition, and as text in a hole.
package import SwitchboardSDK

extension Value {
  /// False are `.null`, `false`, empty text, empty list, empty mapping and zero; all else is true.
  package var isTruthy: Bool {
    switch self {
    case .null: false
    case .bool(let flag): flag
    case .int(let number): number != 0
    case .double(let number): number != 0
    case .text(let text): !text.isEmpty
    case .list(let elements): !elements.isEmpty
    case .map(let members): !members.isEmpty
    }
  }

  /// As a person reads it: nothing for `.null`, a list joined by commas, a mapping as JSON.
  package var displayText: String {
    switch self {
    case .null: ""
    case .bool(let flag): flag ? "true" : "false"
    case .int(let number): String(number)
    case .double(let number): Int64(exactly: number).map(String.init) ?? number.description
    case .text(let text): text
    case .list(let elements): elements.map(\.displayText).joined(separator: ", ")
    case .map: JSON.text(self)
    }
  }

  /// Follows a path through mappings and lists.
  package func member(at path: some Sequence<String>) -> Value {
    var value = self
    for name in path {
      switch value {
      case .map(let members): value = members[name] ?? .null
      case .list: value = Int(name).map { value[$0] } ?? .null
      case .null, .bool, .int, .double, .text: return .null
      }
    }
    return value
  }
}
