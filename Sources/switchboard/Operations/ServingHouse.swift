//! A project as it serves, or as its files stand, ready to be played offline.
import FlowCases
import FlowLoading
import Foundation
import JournalCore
import PluginHost
import RuleEngine
import SwitchboardSDK

struct ServingHouse {
  let project: InstallationPlan.Project
  let plugins: PluginRegistry

  /// What was published last; nil when nothing was.
  func served(_ journal: any JournalAdministration) async throws -> CaseHouse? {
    guard let store = journal as? any PublicationStore,
      let last = try await store.publications(project: project.name, limit: 1).first
    else { return nil }
    var flows: [CaseHouse.FlowFile] = []
    var rules: [RuleSource] = []
    for part in last.parts {
      let owner = ProjectBundle.owner(of: part.kind, part.name, in: project.name)
      guard let stored = try await journal.flowVersion(flow: owner, version: part.version) else {
        throw StartupFailure("version \(part.version) of \(part.key) is no longer kept in the journal")
      }
      let bytes = Array(stored.source.utf8)
      switch part.kind {
      case .flow: flows.append(CaseHouse.FlowFile(file: stored.file, bytes: bytes))
      case .rule: rules.append(RuleSource(name: part.name, file: stored.file, bytes: bytes))
      }
    }
    return house(flows, rules)
  }

  /// What stands on the disk.
  func files() throws -> CaseHouse {
    let files = try ProjectFiles.read(project)
    return house(
      files.filter { $0.kind == .flow }.map { CaseHouse.FlowFile(file: $0.file, bytes: $0.bytes) },
      files.filter { $0.kind == .rule }.map { RuleSource(name: $0.ruleName, file: $0.file, bytes: $0.bytes) })
  }

  private func house(_ flows: [CaseHouse.FlowFile], _ rules: [RuleSource]) -> CaseHouse {
    CaseHouse(
      project: project.name, zone: { [project] in project.timeZone.offsetSeconds(at: $0) },
      settings: project.settings, connections: project.caseConnections(plugins),
      // Each for itself: a draft may take the place of one that others call.
      flows: flows.map { CaseHouse.FlowFile(file: $0.file, bytes: AttachedFlows.parts(of: $0.bytes).own) },
      rules: rules)
  }

  /// The same with one flow or rule replaced by a file. Throws `StartupFailure` when there is no such file.
  static func replacing(_ house: CaseHouse, flow: String?, rule: String?) throws -> CaseHouse {
    func read(_ path: String) throws -> [UInt8] {
      guard let data = FileManager.default.contents(atPath: path) else { throw StartupFailure("\(path): no such file") }
      return Array(data)
    }
    var flows = house.flows.map {
      CaseHouse.FlowFile(file: $0.file, bytes: AttachedFlows.parts(of: $0.bytes).own)
    }
    var rules = house.rules
    if let flow {
      let draft = CaseHouse.FlowFile(file: flow, bytes: try read(flow))
      flows.removeAll { $0.flowName == draft.flowName }
      flows.append(draft)
    }
    if let rule {
      let name = URL(fileURLWithPath: rule).deletingPathExtension().lastPathComponent
      rules[name] = RuleSource(name: name, file: rule, bytes: try read(rule))
    }
    return CaseHouse(
      project: house.project, zone: house.zone, settings: house.settings, connections: house.connections,
      flows: flows, rules: rules.values.sorted { $0.name < $1.name })
  }
}
