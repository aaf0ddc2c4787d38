//! What exists around a flow: its project's connections, rules and settings. Names in the flow are checked against it.
package import SwitchboardSDK

package struct Catalogue: Sendable {
  package var project: String
  /// By name; nil when the connection's plugin is not loaded, so that nothing is known about its abilities.
  package var connections: [String: PluginManifest?]
  package var rules: Set<String>
  /// The project's settings (`project.*`), a mapping.
  package var settings: Value
  /// Names of the project's flows, for suggestions.
  package var flows: Set<String>
  /// For `{ env }` and `{ secret }` of variables; nil where they cannot be asked: then they have no value.
  package var resolver: SecretResolver?
  /// Whether the system knows a time zone of this name.
  package var isTimeZone: @Sendable (String) -> Bool = { _ in true }

  package init(
    project: String, connections: [String: PluginManifest?], rules: Set<String>, settings: Value,
    flows: Set<String> = [], resolver: SecretResolver? = nil
  ) {
    self.project = project
    self.connections = connections
    self.rules = rules
    self.settings = settings
    self.flows = flows
    self.resolver = resolver
  }

  func capabilities(_ connection: String) -> ConnectorCapabilities? {
    connections[connection].flatMap { $0 }?.capabilities
  }
}

/// What came of reading a file. There is a value only when there is no error; warnings do not stand in the way.
package struct Loaded<Content: Sendable>: Sendable {
  package var content: Content?
  package var diagnostics: [Diagnostic]

  package init(content: Content?, diagnostics: [Diagnostic]) {
    self.content = content
    self.diagnostics = diagnostics
  }

  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
