//! A flow file to a flow: the one way for `check`, start, reload, REST and editor.
package import FlowModel

package enum FlowLoader {
  /// Reads and checks a whole file, with the flows attached to it (`AttachedFlows`). `file` is the path as people know
  /// it; it appears in every diagnostic.
  package static func load(source: [UInt8], file: String, catalogue: Catalogue) -> Loaded<Flow> {
    let (own, attached) = AttachedFlows.parts(of: source)
    return load(
      AttachedFlows.File(file: file, bytes: own), attached: attached, callers: [], catalogue: catalogue,
      version: ContentHash.hexadecimal(source))
  }

  /// A flow by itself, or one that others call.
  static func load(
    _ file: AttachedFlows.File, attached: [String: AttachedFlows.File], callers: [String], catalogue: Catalogue,
    version: String? = nil
  ) -> Loaded<Flow> {
    var log = DiagnosticLog(file: file.file)
    let root = YAMLTree.compose(file.bytes, into: &log)
    guard let root else {
      if !log.hasErrors { FileHead.reportEmpty("a flow", &log) }
      return Loaded(content: nil, diagnostics: log.diagnostics)
    }
    guard FileHead.isMapping(root, "a flow", &log) else { return Loaded(content: nil, diagnostics: log.diagnostics) }
    var reader = FlowReader(log: log, catalogue: catalogue, attached: attached, callers: callers)
    let flow = reader.flow(root, version: version ?? ContentHash.hexadecimal(file.bytes))
    log = reader.log
    if let flow {
      var checker = FlowChecker(reader: reader, flow: flow)
      checker.check()
      log = checker.log
      // Warnings on top of errors would only be in the way.
      if !log.hasErrors {
        var doubts = FlowDoubts(reader: reader, flow: flow, log: log)
        doubts.check()
        log = doubts.log
      }
    }
    return Loaded(content: log.hasErrors ? nil : flow, diagnostics: log.diagnostics)
  }
}

/// What every file of ours begins with: a mapping.
enum FileHead {
  static func reportEmpty(_ what: String, _ log: inout DiagnosticLog) {
    let line = log.source?.lineCount ?? 1
    log.add(.emptyDocument, SourceSpan(line: line, column: 1), "the file is empty, expected \(what)")
  }

  static func isMapping(_ root: YAMLNode, _ what: String, _ log: inout DiagnosticLog) -> Bool {
    if case .map = root.content { return true }
    let type = root.isNull ? "null" : "a \(root.typeName)"
    log.add(.wrongType, root.span, "top level is \(type), expected a mapping: \(what)")
    return false
  }
}
