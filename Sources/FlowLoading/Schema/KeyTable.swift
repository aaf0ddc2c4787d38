//! The keys of one mapping, in one place for the reader that checks them and for the schema that editors read.
internal import SwitchboardSDK

struct KeyTable: Sendable {
  struct Key: Sendable {
    var name: String
    var shape: KeyShape
    var isRequired = false
    var help = ""
  }
  var keys: [Key]

  init(_ keys: [Key]) { self.keys = keys }

  var names: [String] { keys.map(\.name) }
  var required: [String] { keys.filter(\.isRequired).map(\.name) }
}

/// What may stand behind a key.
indirect enum KeyShape: Sendable {
  case any, nothing, text, bool, duration
  case int(minimum: Int64?, maximum: Int64?)
  case constant(Value)
  case choice([String])
  case list(KeyShape)
  /// Any keys, each with such a value.
  case map(KeyShape)
  case table(KeyTable)
  /// A shape of the schema's `definitions`.
  case named(String)
  case either([KeyShape])

  /// A value of any type that is computed: an expression, a text with holes, or written out.
  static let computed = KeyShape.any
  /// A condition: an expression, or true or false.
  static let condition = KeyShape.either([.text, .bool])
  /// A text with holes, or an expression.
  static let textSource = KeyShape.either([.text, .bool, .number])
  static let number = KeyShape.named("number")
  /// A duration, or an expression that gives one.
  static let durationSource = KeyShape.text
  static let steps = KeyShape.named("steps")
}

extension DiagnosticLog {
  mutating func fields(
    _ node: YAMLNode, _ what: String, _ table: KeyTable, mayBeEmpty: Set<String> = []
  ) -> Fields? {
    fields(node, what, known: table.names, required: table.required, mayBeEmpty: mayBeEmpty)
  }
}
