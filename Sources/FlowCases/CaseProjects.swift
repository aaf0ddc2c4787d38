//! Finds what a file of cases stands on: the project of the configuration in whose folders it lies, what its head says,
//! and the files around it.
import FlowLoading
import FlowModel
import Foundation
package import RuleEngine
package import SwitchboardSDK

package struct CaseProjects: Sendable {
  package struct Project: Sendable {
    package var name: String
    package var zone: @Sendable (Timestamp) -> Int
    package var settings: Value
    package var connections: [String: CaseHouse.Connection]
    /// Absolute paths.
    package var flowsFolder: String
    package var rulesFolder: String

    package init(
      name: String, zone: @escaping @Sendable (Timestamp) -> Int, settings: Value,
      connections: [String: CaseHouse.Connection], flowsFolder: String, rulesFolder: String
    ) {
      self.name = name
      self.zone = zone
      self.settings = settings
      self.connections = connections
      self.flowsFolder = flowsFolder
      self.rulesFolder = rulesFolder
    }
  }

  /// Flows and rules that are tested in place of the files on the disk.
  package struct Draft: Sendable {
    package var flows: [CaseHouse.FlowFile]
    package var rules: [RuleSource]

    package init(flows: [CaseHouse.FlowFile], rules: [RuleSource]) {
      self.flows = flows
      self.rules = rules
    }
  }

  /// By plugin name.
  private let manifests: [String: PluginManifest]
  private let projects: [Project]
  private let draft: Draft?

  package init(manifests: [String: PluginManifest], projects: [Project], draft: Draft? = nil) {
    self.manifests = manifests
    self.projects = projects
    self.draft = draft
  }

  // MARK: Files

  /// Files of cases in a folder and below it, or the one that belongs to a file; sorted.
  package static func files(at path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
    guard isFolder.boolValue else {
      if path.hasSuffix(".cases.yaml") { return [path] }
      let stem = URL(fileURLWithPath: path).deletingPathExtension().path + ".cases.yaml"
      return FileManager.default.fileExists(atPath: stem) ? [stem] : []
    }
    let below = FileManager.default.enumerator(atPath: path)
    var found: [String] = []
    while let name = below?.nextObject() as? String {
      if name.hasSuffix(".cases.yaml"), !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
        found.append(path.hasSuffix("/") ? path + name : path + "/" + name)
      }
    }
    return found.sorted()
  }

  /// - Parameter shown: the path as people know it.
  package func suite(_ path: String, shown: String) throws(CaseSuite.Refusal) -> CaseSuite {
    let folder = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
    let shownFolder = shown.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    // A file that is gone or cannot be read is told as an empty one is.
    return try CaseSuite.load(
      source: Self.read(path) ?? [], path: shown,
      neighbour: { name in
        guard !name.isEmpty else { return nil }
        return Self.read(URL(fileURLWithPath: name, relativeTo: folder).path)
      },
      house: { head, log in house(of: head, in: folder, shown: shownFolder, &log) })
  }

  /// One byte over the limit at most: what is longer is refused by its reader.
  private static func read(_ path: String) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: bytesMax) else { return nil }
    return Array(data)
  }

  /// Recordings may be longer than what people write.
  private static let bytesMax = 64 << 20

  // MARK: Houses

  private func house(
    of head: CaseFile, in folder: URL, shown: String, _ log: inout DiagnosticLog
  ) -> CaseHouse? {
    let project = projects.first { Self.isInside(folder, $0.flowsFolder) || Self.isInside(folder, $0.rulesFolder) }
    var connections = project?.connections ?? [:]
    for connection in head.connections {
      guard let manifest = manifests[connection.plugin] else {
        log.add(
          .unknownPlugin, connection.pluginSpan, "there is no plugin '\(connection.plugin)'",
          hint: Suggestion.hint(for: connection.plugin, among: manifests.keys))
        continue
      }
      connections[connection.name] = CaseHouse.Connection(
        manifest: manifest, group: connection.group ?? project?.connections[connection.name]?.group,
        unknownPolicy: connection.unknownPolicy, pacing: manifest.pacing)
    }
    if case .flow = head.subject, connections.isEmpty, !log.hasErrors {
      log.add(
        .missingKey, head.subjectSpan, "nothing says which connections there are: no configuration has this folder",
        hint: "write 'connections: { NAME: PLUGIN }' above the cases, or give --config")
      return nil
    }
    let offset = zone(of: head, project, &log)
    let settings = project?.settings ?? .map([:])
    let name = project?.name ?? head.project ?? folder.lastPathComponent
    let (flows, rules) = sources(of: head, in: folder, shown: shown, project)
    return CaseHouse(
      project: name, zone: offset, settings: Self.merged(settings, head.settings), connections: connections,
      flows: flows, rules: rules)
  }

  private func zone(
    of head: CaseFile, _ project: Project?, _ log: inout DiagnosticLog
  ) -> @Sendable (Timestamp) -> Int {
    let utc: @Sendable (Timestamp) -> Int = { _ in 0 }
    guard let name = head.timeZone else { return project?.zone ?? utc }
    guard let zone = CaseZones.offset(of: name) else {
      log.add(.unknownTimeZone, head.timeZoneSpan ?? head.subjectSpan, "there is no time zone '\(name)'")
      return utc
    }
    return zone
  }

  private func sources(
    of head: CaseFile, in folder: URL, shown: String, _ project: Project?
  ) -> ([CaseHouse.FlowFile], [RuleSource]) {
    if let draft { return (draft.flows, draft.rules) }
    let flows = Self.names(in: folder.path).filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".cases.yaml") }
    let rulesFolder = rulesFolder(of: head, in: folder, project)
    let rules = Self.names(in: rulesFolder.path).filter { $0.hasSuffix(".lua") && !$0.hasPrefix(".") }
    let prefix = shown.isEmpty ? "" : shown + "/"
    let here = FileManager.default.currentDirectoryPath + "/"
    let rulesPath = rulesFolder.path + "/"
    let shownRules = rulesPath.hasPrefix(here) ? String(rulesPath.dropFirst(here.count)) : rulesPath
    return (
      flows.compactMap { name in
        Self.read(folder.appendingPathComponent(name).path).map { CaseHouse.FlowFile(file: prefix + name, bytes: $0) }
      },
      rules.compactMap { name in
        Self.read(rulesFolder.appendingPathComponent(name).path)
          .map { RuleSource(name: String(name.dropLast(4)), file: shownRules + name, bytes: $0) }
      }
    )
  }

  /// What the head says, else the project's; without a configuration `rules/NAME` beside `flows/NAME`, as there.
  private func rulesFolder(of head: CaseFile, in folder: URL, _ project: Project?) -> URL {
    if let path = head.rulesFolder { return URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL }
    if case .rule = head.subject { return folder }
    if let project { return URL(fileURLWithPath: project.rulesFolder) }
    let beside = folder.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("rules")
      .appendingPathComponent(folder.lastPathComponent)
    return Self.names(in: beside.path).isEmpty ? folder : beside
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private static func isInside(_ folder: URL, _ other: String) -> Bool {
    let inner = folder.resolvingSymlinksInPath().path
    let outer = URL(fileURLWithPath: other).resolvingSymlinksInPath().path
    return inner == outer || inner.hasPrefix(outer + "/")
  }

  private static func merged(_ first: Value, _ second: Value) -> Value {
    .map((first.mapValue ?? [:]).merging(second.mapValue ?? [:]) { $1 })
  }
}
