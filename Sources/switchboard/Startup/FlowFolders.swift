//! Where the projects' flow files lie, and how their sources become flows.
import FlowEngine
import FlowLoading
import FlowModel
import Foundation
import JournalCore
import PluginHost
import RuleEngine
import SwitchboardSDK

struct FlowFolders: FlowSourcePort {
  let plan: InstallationPlan
  let plugins: PluginRegistry
  let rules: RuleEngine

  func flow(project: String, file: String, source: String) -> Flow? {
    guard let plan = plan.projects.first(where: { $0.name == project }) else { return nil }
    return FlowLoader.load(
      source: Array(source.utf8), file: file,
      catalogue: catalogue(of: plan, rules: Set(rules.versions(project: project).keys))).content
  }

  func catalogue(of project: InstallationPlan.Project, rules: Set<String>) -> Catalogue {
    let connections = Dictionary(
      project.connections.map { ($0.name, plugins[$0.plugin]?.manifest) }, uniquingKeysWith: { first, _ in first })
    var catalogue = Catalogue(
      project: project.name, connections: connections, rules: rules, settings: project.settings,
      resolver: plan.resolver)
    catalogue.isTimeZone = { TimeZoneTable($0) != nil }
    return catalogue
  }

  /// `*.yaml` but for cases, sorted; a missing folder is an error, an empty one is not.
  static func files(in folder: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { throw StartupFailure("\(folder): no such folder of flows") }
    return names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".cases.yaml") }.sorted().map { folder + "/" + $0 }
  }
}
