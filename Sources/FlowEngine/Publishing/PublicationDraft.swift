//! What somebody wants to put in force: checked and built, but not yet serving.
package import FlowModel
package import JournalCore
import SwitchboardSDK

package struct PublicationDraft: Sendable {
  package var project: String
  package var flows: [Flow]
  /// Names of rules to versions.
  package var rules: [Publication.Part]
  /// Sources of all parts.
  package var sources: [FlowVersion]
  package var holds: [String: Publication.Hold]
  /// Hash of the project's settings.
  package var settings: String
  package var by: String
  package var origin: Publication.Origin

  package init(
    project: String, flows: [Flow], rules: [Publication.Part] = [], sources: [FlowVersion] = [],
    holds: [String: Publication.Hold] = [:], settings: String = "", by: String, origin: Publication.Origin
  ) {
    self.project = project
    self.flows = flows
    self.rules = rules
    self.sources = sources
    self.holds = holds
    self.settings = settings
    self.by = by
    self.origin = origin
  }

  package var parts: [Publication.Part] {
    flows.map { Publication.Part(kind: .flow, name: $0.name, version: $0.version, file: $0.file) } + rules
  }

  package var hash: String { Publication.hash(parts: parts, settings: settings) }

  /// The publication that this draft becomes behind another.
  func publication(after last: Publication?, at moment: Timestamp) -> Publication {
    let before = Dictionary((last?.parts ?? []).map { ($0.key, $0.version) }, uniquingKeysWith: { $1 })
    let after = Dictionary(parts.map { ($0.key, $0.version) }, uniquingKeysWith: { $1 })
    let running = Dictionary(flows.map { ($0.name, $0.running) }, uniquingKeysWith: { $1 })
    let changes = Set(before.keys).union(after.keys).sorted().compactMap { key -> Publication.Change? in
      guard before[key] != after[key] else { return nil }
      return Publication.Change(
        part: key, from: before[key], to: after[key], running: after[key] == nil ? nil : running[key])
    }
    return Publication(
      project: project, number: (last?.number ?? 0) + 1, at: moment, by: by, origin: origin, parts: parts,
      holds: holds, changes: changes, settings: settings)
  }
}
