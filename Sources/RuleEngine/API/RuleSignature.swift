//! One function or field that rules may use: the form in which the table of the rule API is written, and read from.

/// `has_any(s: string, words: string|string[], edits?: integer): boolean`, with what it does in two languages.
package struct RuleSignature: Sendable, Hashable {
  package struct Parameter: Sendable, Hashable {
    package var name: String
    /// In the words of LuaCATS.
    package var type: String
    package var isOptional: Bool
  }

  package var name: String
  package var parameters: [Parameter]
  /// In the words of LuaCATS.
  package var returns: String
  package var english: String
  package var russian: String

  /// Reads the signature; what it cannot read is a mistake in the table, which a test finds.
  init(_ signature: String, _ english: String, _ russian: String) {
    let open = signature.firstIndex(of: "(") ?? signature.endIndex
    let close = signature.lastIndex(of: ")") ?? signature.endIndex
    name = String(signature[..<open])
    returns = String(signature[close...].dropFirst(3))
    let inner = open < close ? signature[signature.index(after: open)..<close] : ""
    parameters = Self.split(inner).map { part in
      let colon = part.firstIndex(of: ":") ?? part.endIndex
      let name = part[..<colon]
      return Parameter(
        name: String(name.hasSuffix("?") ? name.dropLast() : name), type: String(part[colon...].dropFirst(2)),
        isOptional: name.hasSuffix("?"))
    }
    self.english = english
    self.russian = russian
  }

  /// How many arguments a call may have.
  package var argumentCounts: ClosedRange<Int> { parameters.count { !$0.isOptional }...parameters.count }

  /// `text.has_any(s, words)`, as a table of documentation names it.
  package func shown(in library: String?) -> String {
    let arguments = parameters.map { $0.isOptional ? "[\($0.name)]" : $0.name }.joined(separator: ", ")
    return (library.map { "\($0)." } ?? "") + "\(name)(\(arguments))"
  }

  /// At commas outside brackets.
  private static func split(_ text: Substring) -> [String] {
    var parts: [String] = []
    var part = ""
    var depth = 0
    for character in text {
      if "(<{".contains(character) { depth += 1 }
      if ")>}".contains(character) { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else if !(character == " " && part.isEmpty) {
        part.append(character)
      }
    }
    return part.isEmpty ? parts : parts + [part]
  }
}

/// A field of `msg`, `conv`, `ctx` or what they hold.
package struct RuleField: Sendable, Hashable {
  package var name: String
  /// In the words of LuaCATS.
  package var type: String
  package var english: String
  package var russian: String

  init(_ name: String, _ type: String, _ english: String, _ russian: String) {
    self.name = name
    self.type = type
    self.english = english
    self.russian = russian
  }
}

/// An object with known fields.
package struct RuleObject: Sendable, Hashable {
  /// Its class in annotations: `sb.Message`.
  package var className: String
  /// As rules write it: `msg.sender`.
  package var path: String
  package var fields: [RuleField]
  /// Whether it may have other fields.
  package var isOpen = false
}
