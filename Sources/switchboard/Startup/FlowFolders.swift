//! The projects' flow files: read, checked all at once, published whole or not at all.
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

  /// What a folder holds, problems included.
  struct Reading {
    var flows: [Flow] = []
    var sources: [FlowVersion] = []
    var diagnostics: [Diagnostic] = []
    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
  }

  /// Reads a project's flows and puts them in force. Throws `StartupFailure` with every problem; then nothing changes.
  func publish(_ project: String, into engine: Engine) async throws {
    let reading = try read(project)
    guard !reading.hasErrors else {
      throw StartupFailure(reading.diagnostics.map(\.text).joined(separator: "\n"))
    }
    for diagnostic in reading.diagnostics { Console.error(diagnostic.text) }
    try await engine.publish(reading.flows, sources: reading.sources, project: project)
  }

  func read(_ project: String) throws -> Reading {
    guard let plan = plan.projects.first(where: { $0.name == project }) else { return Reading() }
    var reading = Reading()
    for file in try Self.files(in: plan.flowsFolder) {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw StartupFailure("\(file): cannot be read")
      }
      let shown = PathText.shown(file)
      let loaded = FlowLoader.load(source: Array(data), file: shown, catalogue: catalogue(of: plan))
      reading.diagnostics += loaded.diagnostics
      guard let flow = loaded.content else { continue }
      reading.flows.append(flow)
      reading.sources.append(
        FlowVersion(
          project: project, flow: "\(project)/\(flow.name)", version: flow.version, file: shown,
          source: String(decoding: data, as: UTF8.self)))
    }
    let names = Dictionary(grouping: reading.flows, by: \.name).filter { $0.value.count > 1 }
    if let (name, flows) = names.first {
      throw StartupFailure("flow '\(name)' stands in \(flows.map(\.file).joined(separator: " and "))")
    }
    return reading
  }

  func flow(project: String, file: String, source: String) -> Flow? {
    guard let plan = plan.projects.first(where: { $0.name == project }) else { return nil }
    return FlowLoader.load(source: Array(source.utf8), file: file, catalogue: catalogue(of: plan)).content
  }

  private func catalogue(of project: InstallationPlan.Project) -> Catalogue {
    let connections = Dictionary(
      project.connections.map { ($0.name, plugins[$0.plugin]?.manifest) }, uniquingKeysWith: { first, _ in first })
    return Catalogue(
      project: project.name, connections: connections, rules: Set(rules.versions(project: project.name).keys),
      settings: project.settings)
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
