//! Reads `switchboard.yaml` with the plugins it names, and makes the plan of what to start.
import FlowLoading
import FlowModel
import Foundation
import PluginHost
import RuleEngine
import SwitchboardSDK

struct ConfigurationFile {
  var plan: InstallationPlan?
  var plugins: PluginRegistry
  var diagnostics: [Diagnostic]

  /// Throws `StartupFailure` when the file cannot be read at all; what is wrong in it is in `diagnostics`.
  ///
  /// - Parameter resolvesSecrets: false where nothing will be connected: variables and secrets may be missing.
  static func read(_ path: String, resolvesSecrets: Bool = true) throws -> ConfigurationFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StartupFailure("\(path): no such configuration; give --config FILE")
    }
    let file = URL(fileURLWithPath: path).standardizedFileURL
    let folder = file.deletingLastPathComponent()
    let shown = PathText.shown(file.path)
    let source = Array(data)
    let environment = ProcessInfo.processInfo.environment
    let unresolved = SecretResolver(environment: { _ in "" }, secret: { _ in "" })
    // Read twice: which settings a connection has is known only once the plugins it names are loaded.
    let first = ConfigurationLoader.load(
      source: source, file: shown, manifests: nil, isTimeZone: { TimeZoneTable($0) != nil }, resolver: unresolved)
    let folders = first.content?.pluginFolders ?? []
    let plugins = PluginRegistry(
      scanning: [BundledPlugins.folder] + folders.map { URL(fileURLWithPath: $0, relativeTo: folder).path })
    let secretsFolder = first.content?.secretsFolder.map { URL(fileURLWithPath: $0, relativeTo: folder) }
    let resolver = SecretResolver(
      environment: { environment[$0] }, secret: { secret($0, in: secretsFolder, environment: environment) })
    let loaded = ConfigurationLoader.load(
      source: source, file: shown, manifests: plugins.plugins.mapValues(\.manifest),
      isTimeZone: { TimeZoneTable($0) != nil }, resolver: resolvesSecrets ? resolver : unresolved)
    return ConfigurationFile(
      plan: try loaded.content.map { try Self.plan($0, folder: folder, resolver) }, plugins: plugins,
      diagnostics: loaded.diagnostics)
  }

  /// A file `DIR/path`, or the environment variable `SECRET_PATH` with every other sign as `_`.
  static func secret(_ path: String, in folder: URL?, environment: [String: String]) -> String? {
    guard let folder else {
      let name = path.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
      return environment["SECRET_" + String(name)]
    }
    let file = folder.appendingPathComponent(path).standardizedFileURL
    guard file.path.hasPrefix(folder.standardizedFileURL.path + "/"),
      let data = FileManager.default.contents(atPath: file.path)
    else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  private static func plan(
    _ configuration: Configuration, folder: URL, _ resolver: SecretResolver
  ) throws -> InstallationPlan {
    func absolute(_ path: String) -> String { URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL.path }
    let projects = try configuration.projects.map { project in
      guard let zone = TimeZoneTable(project.timeZone) else {
        throw StartupFailure("there is no time zone '\(project.timeZone)'")
      }
      return InstallationPlan.Project(
        name: project.name, timeZone: zone, settings: project.settings,
        connections: project.connections.map(Self.connection), flowsFolder: absolute(project.flowsFolder),
        rulesFolder: absolute(project.rulesFolder),
        ruleIsolation: RuleIsolation(
          mode: project.ruleIsolation.isProcess ? .process : .thread,
          isolatedRules: project.ruleIsolation.isolatedRules))
    }
    let storage: StoragePlace =
      switch configuration.storage {
      case .sqlite(let path): .sqlite(path: absolute(path))
      case .postgres(let url): .postgres(url: url)
      }
    return InstallationPlan(
      host: configuration.host, port: configuration.port, publicURL: configuration.publicURL,
      node: configuration.node, advertisedURL: configuration.advertisedURL,
      storage: storage, retention: configuration.retention, projects: projects,
      secrets: configuration.secrets, resolver: resolver)
  }

  private static func connection(_ connection: ConnectionConfiguration) -> InstallationPlan.Connection {
    let secret: InstallationPlan.Connection.WebhookSecret =
      switch connection.webhookSecret {
      case .made: .made
      case .fixed(let text): .fixed(text)
      case .open: .open
      }
    return InstallationPlan.Connection(
      name: connection.name, plugin: connection.plugin, settings: connection.settings,
      receive: connection.receiving.rawValue, webhookSecret: secret, unknownPolicy: connection.unknownPolicy,
      pacing: connection.pacing)
  }
}
