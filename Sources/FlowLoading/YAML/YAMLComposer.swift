//! Builds the tree event by event, keeping count of depth, nodes and anchors.
internal import SwitchboardSDK

struct YAMLComposer {
  private struct Open {
    var isMap: Bool
    var span: SourceSpan
    var anchor: String?
    var elements: [YAMLNode] = []
    var entries: [YAMLEntry] = []
    var known: [String: SourceSpan] = [:]
    /// The key that waits for its value; `text` nil when the key was refused.
    var key: (text: String?, span: SourceSpan)?
    var size = 1
  }

  private(set) var log: DiagnosticLog
  private(set) var root: YAMLNode?
  /// The text cannot be taken for what was meant: no use in reading it as a flow.
  private(set) var isBroken = false
  private var stack: [Open] = []
  private var anchors: [String: YAMLNode] = [:]
  private var openAnchors: [String: SourceSpan] = [:]
  private var nodeCount = 0
  private var anchorCount = 0
  private var documents = 0

  init(log: DiagnosticLog) { self.log = log }

  /// False ends the reading.
  mutating func take(_ event: YAMLEvent) -> Bool {
    switch event.kind {
    case .documentStart:
      documents += 1
      guard documents > 1 else { return true }
      log.add(.severalDocuments, event.span, "a second document in one file", hint: "one file holds one document")
      return stop()
    case .documentEnd, .streamEnd: return true
    case .listStart, .mapStart: return open(event)
    case .listEnd, .mapEnd: return close(event)
    case .alias(let name): return place(alias: name, event.span)
    case .scalar(let bytes, let style): return place(scalar: bytes, style, event)
    }
  }

  private mutating func stop() -> Bool {
    isBroken = true
    return false
  }

  private var isAtKey: Bool { stack.last.map { $0.isMap && $0.key == nil } ?? false }

  private mutating func count(_ nodes: Int, _ span: SourceSpan) -> Bool {
    nodeCount += nodes
    guard nodeCount > YAMLLimits.nodesMax else { return true }
    log.add(
      .tooManyNodes, span,
      "more than \(SourceCheck.grouped(YAMLLimits.nodesMax)) values (keys, list elements, aliases followed)")
    return stop()
  }

  private mutating func define(_ anchor: String, _ span: SourceSpan) -> Bool {
    anchorCount += 1
    guard anchorCount <= YAMLLimits.anchorsMax else {
      log.add(.tooManyAnchors, span, "more than \(SourceCheck.grouped(YAMLLimits.anchorsMax)) anchors")
      return stop()
    }
    if anchors[anchor] != nil || openAnchors[anchor] != nil {
      log.add(.repeatedAnchor, span, "the anchor &\(anchor) is defined twice")
    }
    return true
  }

  private mutating func open(_ event: YAMLEvent) -> Bool {
    guard stack.count < YAMLLimits.depthMax else {
      log.add(.nestingTooDeep, event.span, "nesting deeper than \(YAMLLimits.depthMax) levels")
      return stop()
    }
    guard count(1, event.span) else { return false }
    var isMap = false
    if case .mapStart = event.kind { isMap = true }
    if let tag = event.tag, tag != "!", tag != (isMap ? CoreTag.map : CoreTag.list) { refuse(tag: tag, event.span) }
    if let anchor = event.anchor {
      guard define(anchor, event.span) else { return false }
      openAnchors[anchor] = event.span
    }
    stack.append(Open(isMap: isMap, span: event.span, anchor: event.anchor))
    return true
  }

  private mutating func close(_ event: YAMLEvent) -> Bool {
    guard let open = stack.popLast() else { return stop() }
    var span = open.span
    span.endLine = event.span.endLine
    span.endColumn = event.span.endColumn
    let node = YAMLNode(content: open.isMap ? .map(open.entries) : .list(open.elements), span: span, size: open.size)
    if let anchor = open.anchor {
      openAnchors[anchor] = nil
      anchors[anchor] = node
    }
    return place(node)
  }

  private mutating func place(alias name: String, _ span: SourceSpan) -> Bool {
    if let anchor = openAnchors[name] {
      log.add(
        .aliasCycle, span, "alias *\(name) points into itself (anchor at \(anchor.line):\(anchor.column)): cycle")
      return place(YAMLNode(content: .scalar(.null), span: span))
    }
    guard var node = anchors[name] else {
      let hint = Suggestion.hint(for: name, among: anchors.keys)
      log.add(.unknownAlias, span, "alias *\(name) is not defined", hint: hint)
      isBroken = true
      return place(YAMLNode(content: .scalar(.null), span: span))
    }
    guard count(node.size, span) else { return false }
    node.span = span
    return place(node)
  }

  private mutating func place(scalar bytes: [UInt8], _ style: YAMLNode.Style, _ event: YAMLEvent) -> Bool {
    guard count(1, event.span) else { return false }
    var text = String(decoding: LineSeparators.restored(bytes), as: UTF8.self)
    if bytes.count > YAMLLimits.scalarBytesMax {
      log.add(.textTooLong, event.span, "text of \(SourceCheck.grouped(bytes.count)) bytes is over the limit (256 KiB)")
      text = ""
    }
    var node = YAMLNode(content: .scalar(.text(text)), span: event.span, style: style, text: text)
    if style == .plain, event.tag == nil || event.tag == CoreTag.other {
      checkPlain(text, event.span)
      // A key is a text wherever YAML 1.1 and 1.2 disagree: `on:` and `yes:` are keys like any other.
      switch CoreSchema.resolve(text) {
      case .value(let value): node.content = .scalar(value)
      case .refused(let message, let hint):
        if !isAtKey { log.add(.ambiguousScalar, event.span, concealed(message, text), hint: concealed(hint, text)) }
      }
    }
    if let tag = event.tag, tag != "!" { node.content = .scalar(tagged(tag, text, event.span)) }
    if let anchor = event.anchor {
      guard define(anchor, event.span) else { return false }
      anchors[anchor] = node
    }
    return place(node)
  }

  private mutating func checkPlain(_ text: String, _ span: SourceSpan) {
    if let first = text.unicodeScalars.first, first.value > 0x7F, first.properties.isWhitespace {
      log.add(
        .indentation, span, "no-break space U+\(SourceCheck.hexadecimal(first.value)) used for indentation",
        hint: "use plain spaces")
    }
    guard span.line == span.endLine, !isAtKey, let line = log.source?.line(span.line) else { return }
    let rest = line.unicodeScalars.dropFirst(span.endColumn - 1)
    let spaces = rest.prefix { $0 == " " }.count
    guard spaces > 0, rest.dropFirst(spaces).first == "#",
      let next = rest.dropFirst(spaces + 1).first, next.properties.isAlphabetic || ("0"..."9").contains(next)
    else { return }
    log.add(
      .commentInText, severity: .warning, SourceSpan(line: span.line, column: span.endColumn + spaces),
      concealed("everything after ' #' is a comment; the value is '\(text)' only", text),
      hint: "put the text in quotes, or a space behind '#'")
  }

  /// What stands under a secret's name is not repeated.
  private func concealed(_ message: String, _ text: String) -> String {
    let isSecret = stack.contains { $0.key?.text.map(SecretWords.isSecretName) ?? false }
    return isSecret && !text.isEmpty ? message.replacing(text, with: "***") : message
  }

  private mutating func refuse(tag: String, _ span: SourceSpan) {
    log.add(
      .tag, span, "the tag \(CoreTag.shown(tag)) is not allowed", hint: "values are read by YAML's core schema only")
  }

  private mutating func tagged(_ tag: String, _ text: String, _ span: SourceSpan) -> Value {
    guard CoreTag.scalars.contains(tag) else {
      refuse(tag: tag, span)
      return .text(text)
    }
    if tag == CoreTag.text { return .text(text) }
    if case .value(let value) = CoreSchema.resolve(text) {
      switch (tag, value) {
      case (CoreTag.whole, .int), (CoreTag.float, .double), (CoreTag.bool, .bool), (CoreTag.null, .null): return value
      case (CoreTag.float, .int(let number)): return .double(Double(number))
      default: break
      }
    }
    log.add(.tag, span, concealed("\(CoreTag.shown(tag)) on \"\(text)\"", text), hint: "the value does not fit its tag")
    return .null
  }

  private mutating func place(_ node: YAMLNode) -> Bool {
    guard let top = stack.indices.last else {
      root = node
      return true
    }
    stack[top].size += node.size
    guard stack[top].isMap else {
      stack[top].elements.append(node)
      return true
    }
    guard let key = stack[top].key else {
      stack[top].key = (accept(key: node, top), node.span)
      return true
    }
    stack[top].key = nil
    if let text = key.text { stack[top].entries.append(YAMLEntry(key: text, keySpan: key.span, value: node)) }
    return true
  }

  private mutating func accept(key node: YAMLNode, _ top: Int) -> String? {
    guard case .scalar(.text(let text)) = node.content else {
      let what: String
      switch node.content {
      case .scalar(.null): what = "null"
      case .scalar(let value): what = "a \(value.typeName), expected text"
      case .list: what = "a list, expected text"
      case .map: what = "a mapping, expected text"
      }
      log.add(.keyType, node.span, "key is \(what)", hint: node.text.isEmpty ? nil : "put it in quotes")
      return nil
    }
    if text == "<<", node.style == .plain {
      log.add(
        .mergeKey, node.span, "merge keys ('<<') are not part of YAML 1.2", hint: "write the keys out, or use an alias")
      return nil
    }
    guard text.unicodeScalars.count <= YAMLLimits.keyScalarsMax else {
      log.add(.keyTooLong, node.span, "key longer than \(YAMLLimits.keyScalarsMax) characters")
      return nil
    }
    if let first = stack[top].known[text] {
      log.add(.duplicateKey, node.span, "duplicate key '\(text)' (first at \(first.line):\(first.column))")
      return nil
    }
    stack[top].known[text] = node.span
    return text
  }

  mutating func report(_ error: YAMLSyntaxError) {
    isBroken = true
    SyntaxReport(log: log.source, error).add(to: &log)
  }
}

enum CoreTag {
  private static let prefix = "tag:yaml.org,2002:"
  static let text = prefix + "str"
  static let whole = prefix + "int"
  static let float = prefix + "float"
  static let bool = prefix + "bool"
  static let null = prefix + "null"
  static let map = prefix + "map"
  static let list = prefix + "seq"
  static let other = "?"
  static let scalars: Set<String> = [text, whole, float, bool, null]

  static func shown(_ tag: String) -> String { tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag }
}
