//! A YAML document as a tree whose every node knows where it stands.
package import SwitchboardSDK

/// Lines and columns count from 1, columns in Unicode scalars; the end is behind the last character.
package struct SourceSpan: Sendable, Hashable {
  package var line: Int
  package var column: Int
  package var endLine: Int
  package var endColumn: Int

  package init(line: Int, column: Int, endLine: Int, endColumn: Int) {
    self.line = line
    self.column = column
    self.endLine = endLine
    self.endColumn = endColumn
  }

  package init(line: Int, column: Int, length: Int = 1) {
    self.init(line: line, column: column, endLine: line, endColumn: column + length)
  }
}

package struct YAMLNode: Sendable, Hashable {
  package indirect enum Content: Sendable, Hashable {
    /// Resolved by the core schema: null, true/false, whole number, number or text.
    case scalar(Value)
    case list([YAMLNode])
    case map([YAMLEntry])
  }
  package enum Style: Sendable, Hashable { case plain, quoted, block }

  package var content: Content
  package var span: SourceSpan
  /// How a scalar was written; `.plain` for collections.
  package var style: Style
  /// A scalar's text as written, without quotes.
  package var text: String
  /// Nodes in it, aliases counted as often as they are used.
  package var size: Int

  package init(content: Content, span: SourceSpan, style: Style = .plain, text: String = "", size: Int = 1) {
    self.content = content
    self.span = span
    self.style = style
    self.text = text
    self.size = size
  }

  package var isNull: Bool { content == .scalar(.null) }

  /// What a person would call it.
  package var typeName: String {
    switch content {
    case .scalar(let value): value.typeName
    case .list: "list"
    case .map: "mapping"
    }
  }

  /// The tree without places; a repeated key cannot occur.
  package var value: Value {
    switch content {
    case .scalar(let value): value
    case .list(let elements): .list(elements.map(\.value))
    case .map(let entries):
      .map(Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
    }
  }
}

package struct YAMLEntry: Sendable, Hashable {
  package var key: String
  package var keySpan: SourceSpan
  package var value: YAMLNode

  package init(key: String, keySpan: SourceSpan, value: YAMLNode) {
    self.key = key
    self.keySpan = keySpan
    self.value = value
  }
}
