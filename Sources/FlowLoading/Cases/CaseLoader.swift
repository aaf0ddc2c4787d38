//! A file of cases from bytes: the one way for `test`, `publish` and the tests.
internal import FlowModel

/// What a file of cases may speak of. Nil where nobody knows.
package struct CaseSurroundings: Sendable {
  package var connections: Set<String>?
  package var flows: Set<String>?
  package var rules: Set<String>?
  /// Ids of the flow's steps.
  package var steps: Set<String>?

  package init(
    connections: Set<String>? = nil, flows: Set<String>? = nil, rules: Set<String>? = nil, steps: Set<String>? = nil
  ) {
    self.connections = connections
    self.flows = flows
    self.rules = rules
    self.steps = steps
  }
}

package enum CaseLoader {
  /// - Parameter surroundings: asked once the head of the file has been read.
  package static func load(
    source: [UInt8], file: String, surroundings: (CaseFile) -> CaseSurroundings
  ) -> Loaded<CaseFile> {
    var log = DiagnosticLog(file: file)
    guard let root = YAMLTree.compose(source, into: &log) else {
      if !log.hasErrors { FileHead.reportEmpty("cases", &log) }
      return Loaded(content: nil, diagnostics: log.diagnostics)
    }
    guard FileHead.isMapping(root, "cases", &log) else { return Loaded(content: nil, diagnostics: log.diagnostics) }
    var reader = CaseReader(log: log)
    let content = reader.file(root, surroundings: surroundings)
    return Loaded(content: reader.log.hasErrors ? nil : content, diagnostics: reader.log.diagnostics)
  }
}
