import FlowLoading
import Foundation
import SwitchboardSDK
import Testing

/// As much of JSON Schema, draft-07, as the schemas of ours use.
private struct SchemaCheck {
  let root: Value

  func accepts(_ value: Value, _ schema: Value) -> Bool {
    if let reference = schema["$ref"].textValue {
      return accepts(value, at(reference))
    }
    if let any = schema["anyOf"].listValue, !any.contains(where: { accepts(value, $0) }) { return false }
    if !schema["not"].isNull, accepts(value, schema["not"]) { return false }
    if let words = schema["enum"].listValue, !words.contains(value) { return false }
    if !schema["const"].isNull, schema["const"] != value { return false }
    if let type = schema["type"].textValue, !isOf(type, value) { return false }
    if let minimum = schema["minimum"].intValue, let number = value.intValue, number < minimum { return false }
    if let maximum = schema["maximum"].intValue, let number = value.intValue, number > maximum { return false }
    if let pattern = schema["pattern"].textValue, let text = value.textValue,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      return false
    }
    if let elements = value.listValue, !schema["items"].isNull {
      return elements.allSatisfy { accepts($0, schema["items"]) }
    }
    return value.mapValue.map { accepts(members: $0, schema) } ?? true
  }

  /// `#/definitions/step`
  private func at(_ reference: String) -> Value {
    reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] }
  }

  private func accepts(members: [String: Value], _ schema: Value) -> Bool {
    let required = schema["required"].listValue?.compactMap(\.textValue) ?? []
    guard required.allSatisfy({ members[$0] != nil }) else { return false }
    if let least = schema["minProperties"].intValue, members.count < least { return false }
    if let most = schema["maxProperties"].intValue, members.count > most { return false }
    for (name, member) in members {
      if !schema["propertyNames"].isNull, !accepts(.text(name), schema["propertyNames"]) { return false }
      let own = schema["properties"][name]
      if !own.isNull {
        if !accepts(member, own) { return false }
      } else if schema["additionalProperties"] == false {
        return false
      } else if !schema["additionalProperties"].isNull, !accepts(member, schema["additionalProperties"]) {
        return false
      }
    }
    return true
  }

  private func isOf(_ type: String, _ value: Value) -> Bool {
    switch (type, value) {
    case ("string", .text), ("boolean", .bool), ("integer", .int), ("number", .int), ("number", .double),
      ("array", .list), ("object", .map), ("null", .null):
      true
    default: false
    }
  }
}

@Suite struct SchemaTests {
  private static let schema = JSONSchema.flow(.example)
  private static let frames: Set<Explanation.Frame> = [.flow, .steps, .listen]
  static let codes = Explanation.all.filter { frames.contains($0.frame) }.map(\.code)

  private func isAccepted(_ source: [UInt8], _ schema: Value = Self.schema) -> Bool? {
    YAMLValue.read(source).map { SchemaCheck(root: schema).accepts($0, schema) }
  }

  @Test(arguments: codes)
  func `what the loader takes, the schema takes`(code: DiagnosticCode) throws {
    let explanation = try #require(Explanation.of(code))
    #expect(isAccepted(explanation.source(explanation.mended)) == true)
  }

  @Test(arguments: [
    DiagnosticCode.wrongType, .unknownKey, .unknownStep, .missingKey, .wrongValue, .unknownConnection, .unknownRule,
    .version,
  ])
  func `what the loader refuses for its form, the schema refuses`(code: DiagnosticCode) throws {
    let explanation = try #require(Explanation.of(code))
    try #require(Self.frames.contains(explanation.frame))
    #expect(isAccepted(explanation.source(explanation.bad)) == false)
  }

  @Test func `every flow that is shipped fits the schema without a project's names`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../flows").standardized
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
    let flows = (files ?? []).filter { $0.path.hasSuffix(".yaml") && !$0.path.hasSuffix(".cases.yaml") }
    #expect(flows.count >= 3)
    for flow in flows {
      #expect(isAccepted(Array(try Data(contentsOf: flow)), JSONSchema.flow()) == true, "\(flow.path)")
    }
  }

  @Test func `names of the project stand in the schema`() {
    let definitions = Self.schema["definitions"]
    #expect(definitions["connection"]["enum"].listValue?.contains("avito-main") == true)
    #expect(definitions["rule"]["enum"] == ["reply"])
    // One of the plugins is not loaded: it may have any action.
    #expect(definitions["action"]["enum"].isNull)
  }
}
