//! What cases are played on: a project's flows, rules, connections and settings, and nothing of the network.
package import FlowLoading
package import FlowModel
package import RuleEngine
package import SwitchboardSDK

package struct CaseHouse: Sendable {
  package struct Connection: Sendable {
    package var manifest: PluginManifest?
    /// The work group, where threads are opened.
    package var group: String?
    package var unknownPolicy: ConnectionFacts.UnknownPolicy
    package var pacing: ConnectorPacing

    package init(
      manifest: PluginManifest?, group: String?, unknownPolicy: ConnectionFacts.UnknownPolicy, pacing: ConnectorPacing
    ) {
      self.manifest = manifest
      self.group = group
      self.unknownPolicy = unknownPolicy
      self.pacing = pacing
    }
  }

  package struct FlowFile: Sendable {
    /// As diagnostics name it.
    package var file: String
    package var bytes: [UInt8]

    package init(file: String, bytes: [UInt8]) {
      self.file = file
      self.bytes = bytes
    }

    /// What the file calls itself, as far as can be told without reading it as YAML.
    package var flowName: String? {
      for line in bytes.split(separator: 0x0A) where line.starts(with: Array("flow:".utf8)) {
        let text = String(decoding: line.dropFirst(5), as: UTF8.self)
        let written = text.prefix { $0 != "#" }.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        return written.isEmpty ? nil : String(written)
      }
      return nil
    }
  }

  package var project: String
  /// The project's offset from UTC at a moment, in seconds.
  package var zone: @Sendable (Timestamp) -> Int
  package var settings: Value
  package var connections: [String: Connection]
  package var flows: [FlowFile]
  package var rules: [String: RuleSource]

  package init(
    project: String, zone: @escaping @Sendable (Timestamp) -> Int, settings: Value,
    connections: [String: Connection], flows: [FlowFile], rules: [RuleSource]
  ) {
    self.project = project
    self.zone = zone
    self.settings = settings
    self.connections = connections
    // The flows that a flow calls travel with it.
    self.flows = AttachedFlows.attaching(flows.map { AttachedFlows.File(file: $0.file, bytes: $0.bytes) })
      .map { FlowFile(file: $0.file, bytes: $0.bytes) }
    self.rules = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
  }

  package var flowNames: Set<String> { Set(flows.compactMap(\.flowName)) }

  package var catalogue: Catalogue {
    var catalogue = Catalogue(
      project: project, connections: connections.mapValues(\.manifest), rules: Set(rules.keys), settings: settings,
      flows: flowNames)
    catalogue.isTimeZone = { CaseZones.offset(of: $0) != nil }
    return catalogue
  }

  /// Where a group is needed and nobody has said which.
  static let group = "-1001"

  func facts(settings: Value, isPaced: Bool) -> [String: ConnectionFacts] {
    connections.compactMapValues { connection in
      connection.manifest.map {
        ConnectionFacts(
          capabilities: $0.capabilities,
          groupChat: connection.group ?? ($0.capabilities.hasThreads ? Self.group : nil),
          unknownPolicy: connection.unknownPolicy, pacing: isPaced ? connection.pacing : ConnectorPacing())
      }
    }
  }
}
