//! JSON Schema (draft-07) of flows, made from the tables that the readers use, with the connections, rules and actions
//! of a project inside where they are known.
package import SwitchboardSDK

package enum JSONSchema {
  /// - Parameter catalogue: names that may stand for connections, rules and actions; nil leaves them open.
  package static func flow(_ catalogue: Catalogue? = nil) -> Value {
    var schema = object(FlowKeys.file)
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    schema["title"] = "A flow of Switchboard"
    schema["definitions"] = .map(definitions(catalogue))
    return .map(schema)
  }

  private static func definitions(_ catalogue: Catalogue?) -> [String: Value] {
    var connections: [String: Value] = ["type": "string"]
    var rules: [String: Value] = ["type": "string"]
    var actions: [String: Value] = ["type": "string"]
    if let catalogue {
      connections["enum"] = names(catalogue.connections.keys)
      rules["enum"] = names(catalogue.rules)
      // A connection whose plugin is not loaded may have any.
      let manifests = catalogue.connections.values.compactMap { $0 }
      if manifests.count == catalogue.connections.count {
        actions["enum"] = names(Set(manifests.flatMap(\.actions).map(\.name)))
      }
    }
    let bare = value(of: .table(FlowKeys.trigger))
    let labelled: Value = [
      "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": bare,
      "propertyNames": ["not": ["enum": .list(FlowKeys.trigger.names.map(Value.text))]],
    ]
    return [
      "connection": .map(connections), "rule": .map(rules), "action": .map(actions),
      "number": ["type": "number"], "trigger": ["anyOf": [bare, labelled]],
      "steps": ["type": "array", "items": ["$ref": "#/definitions/step"]], "step": step,
      "on_error": value(
        of: .either([.choice(["park", "skip", "dead_letter"]), .table(FlowKeys.onError)])),
    ]
  }

  private static func names(_ names: some Sequence<String>) -> Value { .list(names.sorted().map(Value.text)) }

  /// One of the words, with what may stand beside it.
  private static var step: Value {
    let words = FlowReader.stepWords.map { word -> Value in
      var keys = FlowKeys.shared.keys + (StepKeys.companions[word]?.keys ?? [])
      keys.insert(KeyTable.Key(name: word, shape: StepKeys.shapes[word] ?? .any, isRequired: true), at: 0)
      return .map(object(KeyTable(keys)))
    }
    return ["anyOf": .list([["enum": ["stop", "drop"]]] + words)]
  }

  // MARK: Shapes

  private static func object(_ table: KeyTable) -> [String: Value] {
    var properties: [String: Value] = [:]
    for key in table.keys {
      var shape = value(of: key.shape)
      // Draft-07 leaves out what stands beside '$ref'.
      if !key.help.isEmpty, shape["$ref"].isNull, case .map(var members) = shape {
        members["description"] = .text(key.help)
        shape = .map(members)
      }
      properties[key.name] = shape
    }
    var members: [String: Value] = [
      "type": "object", "properties": .map(properties), "additionalProperties": false,
    ]
    if !table.required.isEmpty { members["required"] = .list(table.required.map(Value.text)) }
    return members
  }

  static func value(of shape: KeyShape) -> Value {
    switch shape {
    case .any: [:]
    case .nothing: ["type": "null"]
    case .text: ["type": "string"]
    case .bool: ["type": "boolean"]
    case .duration: ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
    case .constant(let value): ["const": value]
    case .choice(let words): ["enum": .list(words.map(Value.text))]
    case .list(let element): ["type": "array", "items": value(of: element)]
    case .map(let element): ["type": "object", "additionalProperties": value(of: element)]
    case .table(let table): .map(object(table))
    case .named(let name): ["$ref": .text("#/definitions/\(name)")]
    case .either(let shapes): ["anyOf": .list(shapes.map(value(of:)))]
    case .int(let minimum, let maximum): .map(bounds(minimum, maximum))
    }
  }

  private static func bounds(_ minimum: Int64?, _ maximum: Int64?) -> [String: Value] {
    var members: [String: Value] = ["type": "integer"]
    members["minimum"] = minimum.map(Value.int)
    members["maximum"] = maximum.map(Value.int)
    return members
  }
}
