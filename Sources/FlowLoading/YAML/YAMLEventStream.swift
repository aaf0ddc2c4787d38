//! libyaml's event parser behind Swift values: bytes in, events with places out. Nothing of C leaves this file.
internal import CYAML

struct YAMLEvent {
  enum Kind {
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(bytes: [UInt8], style: YAMLNode.Style)
    case listStart, listEnd, mapStart, mapEnd
    case streamEnd
  }
  var kind: Kind
  var anchor: String?
  var tag: String?
  var span: SourceSpan
  /// Whether a list or mapping is written in brackets.
  var isInBrackets = false
}

/// libyaml's own words about what it stumbled over.
struct YAMLSyntaxError: Error {
  var problem: String
  var problemSpan: SourceSpan
  var context: String
  var contextSpan: SourceSpan
}

/// Lives on the stack of one `read`; the parser holds pointers into `bytes`, which that call keeps alive.
enum YAMLEventStream {
  /// Hands every event to `visit` until that says false, the stream ends, or the YAML is broken.
  static func read(_ bytes: [UInt8], _ visit: (YAMLEvent) -> Bool) throws(YAMLSyntaxError) {
    let outcome: Result<Void, YAMLSyntaxError> = bytes.withUnsafeBufferPointer { buffer in
      var parser = yaml_parser_t()
      guard yaml_parser_initialize(&parser) == 1 else { return .failure(failure(parser)) }
      defer { yaml_parser_delete(&parser) }
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      // An empty array has no base address; libyaml reads nothing through the pointer then.
      let empty: StaticString = ""
      yaml_parser_set_input_string(&parser, buffer.baseAddress ?? empty.utf8Start, buffer.count)
      while true {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { return .failure(failure(parser)) }
        defer { yaml_event_delete(&event) }
        guard let translated = translate(event) else { continue }
        guard visit(translated) else { return .success(()) }
        if case .streamEnd = translated.kind { return .success(()) }
      }
    }
    try outcome.get()
  }

  private static func translate(_ event: yaml_event_t) -> YAMLEvent? {
    let span = SourceSpan(
      line: event.start_mark.line + 1, column: event.start_mark.column + 1, endLine: event.end_mark.line + 1,
      endColumn: event.end_mark.column + 1)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, span: span)
    case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, span: span)
    case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, span: span)
    case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias(text(event.data.alias.anchor) ?? ""), span: span)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let style: YAMLNode.Style =
        switch scalar.style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
      let bytes = scalar.value.map { Array(UnsafeBufferPointer(start: $0, count: scalar.length)) } ?? []
      return YAMLEvent(
        kind: .scalar(bytes: bytes, style: style), anchor: text(scalar.anchor), tag: text(scalar.tag), span: span)
    case YAML_SEQUENCE_START_EVENT:
      let list = event.data.sequence_start
      return YAMLEvent(
        kind: .listStart, anchor: text(list.anchor), tag: text(list.tag), span: span,
        isInBrackets: list.style == YAML_FLOW_SEQUENCE_STYLE)
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .listEnd, span: span)
    case YAML_MAPPING_START_EVENT:
      let map = event.data.mapping_start
      return YAMLEvent(
        kind: .mapStart, anchor: text(map.anchor), tag: text(map.tag), span: span,
        isInBrackets: map.style == YAML_FLOW_MAPPING_STYLE)
    case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mapEnd, span: span)
    default: return nil
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private static func failure(_ parser: yaml_parser_t) -> YAMLSyntaxError {
    YAMLSyntaxError(
      problem: parser.problem.map { String(cString: $0) } ?? "out of memory",
      problemSpan: SourceSpan(line: parser.problem_mark.line + 1, column: parser.problem_mark.column + 1),
      context: parser.context.map { String(cString: $0) } ?? "",
      contextSpan: SourceSpan(line: parser.context_mark.line + 1, column: parser.context_mark.column + 1))
  }
}
