//! Reads `switchboard.yaml` (contract §3). All problems at once, each with its place; values of secrets in none.
internal import FlowModel
package import SwitchboardSDK

package enum ConfigurationLoader {
  /// - Parameters:
  ///   - manifests: of the plugins that can be loaded, by name; nil reads what must be known before plugins are, and
  ///     gives it also when something is wrong.
  ///   - isTimeZone: whether the system knows a time zone of this name.
  package static func load(
    source: [UInt8], file: String, manifests: [String: PluginManifest]?,
    isTimeZone: @escaping @Sendable (String) -> Bool,
    resolver: SecretResolver
  ) -> Loaded<Configuration> {
    var log = DiagnosticLog(file: file)
    guard let root = YAMLTree.compose(source, into: &log) else {
      if !log.hasErrors { log.add(.emptyDocument, SourceSpan(line: 1, column: 1), "the configuration is empty") }
      return Loaded(content: nil, diagnostics: log.diagnostics)
    }
    var reader = ConfigurationReader(log: log, manifests: manifests, isTimeZone: isTimeZone, resolver: resolver)
    let configuration = reader.configuration(root)
    // The first look only serves to find plugins and secrets: without them other mistakes would bring false ones along.
    let isUsable = manifests == nil || !reader.log.hasErrors
    return Loaded(content: isUsable ? configuration : nil, diagnostics: reader.log.diagnostics)
  }
}

struct ConfigurationReader {
  var log: DiagnosticLog
  let manifests: [String: PluginManifest]?
  let isTimeZone: @Sendable (String) -> Bool
  let resolver: SecretResolver
  /// Resolved secrets.
  var secrets: [String] = []
  /// The project of each connection so far: names of connections are part of webhook addresses.
  private var owners: [String: String] = [:]

  init(
    log: DiagnosticLog, manifests: [String: PluginManifest]?, isTimeZone: @escaping @Sendable (String) -> Bool,
    resolver: SecretResolver
  ) {
    self.log = log
    self.manifests = manifests
    self.isTimeZone = isTimeZone
    self.resolver = resolver
  }

  mutating func configuration(_ root: YAMLNode) -> Configuration {
    var configuration = Configuration()
    let known = ["switchboard", "server", "storage", "retention", "plugins", "secrets", "projects"]
    guard let fields = log.fields(root, "the configuration", known: known, required: ["switchboard", "projects"]) else {
      return configuration
    }
    if let node = fields["switchboard"], node.content != .scalar(.int(1)) {
      log.add(.version, node.span, "this program knows version 1 of the configuration", hint: "write 'switchboard: 1'")
    }
    if let node = fields["server"] { readServer(node, into: &configuration) }
    if let node = fields["storage"], let storage = storage(node) { configuration.storage = storage }
    if let node = fields["retention"] { configuration.retention = log.retention(node) }
    if let node = fields["plugins"] {
      configuration.pluginFolders = (log.list(node, "'plugins'") ?? []).compactMap { log.path($0, "a plugin folder") }
    }
    if let node = fields["secrets"], let source = log.fields(node, "'secrets'", known: ["from"], required: ["from"]),
      let from = source["from"], let text = log.text(from, "'from'"), text != "env"
    {
      if text.hasPrefix("file:"), text.utf8.count > 5 {
        configuration.secretsFolder = String(text.dropFirst(5))
      } else {
        log.add(.wrongValue, from.span, "'from' cannot be '\(text)'", hint: "env, or file:DIR")
      }
    }
    if let node = fields["projects"] { configuration.projects = projects(node) }
    configuration.secrets = secrets
    return configuration
  }

  private mutating func readServer(_ node: YAMLNode, into configuration: inout Configuration) {
    let known = ["listen", "public_url", "debug", "node", "advertise"]
    guard let fields = log.fields(node, "'server'", known: known) else { return }
    if let node = fields["listen"], let text = log.text(node, "'listen'") {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      if parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (0...65_535).contains(port) {
        configuration.host = String(parts[0])
        configuration.port = port
      } else {
        log.add(.wrongValue, node.span, "'listen' must be HOST:PORT", hint: "for instance 127.0.0.1:8080")
      }
    }
    if let node = fields["public_url"], let text = log.text(node, "'public_url'") {
      if text.hasPrefix("https://") || text.hasPrefix("http://") {
        configuration.publicURL = text.hasSuffix("/") ? String(text.dropLast()) : text
      } else {
        log.add(.wrongValue, node.span, "'public_url' must be an address", hint: "https://bots.example.com")
      }
    }
    if let node = fields["node"], let name = log.text(node, "'node'") {
      if log.isName(name, node.span, "the node's name") { configuration.node = name }
    }
    if let node = fields["advertise"], let text = log.text(node, "'advertise'") {
      if text.hasPrefix("http://") || text.hasPrefix("https://") {
        configuration.advertisedURL = text.hasSuffix("/") ? String(text.dropLast()) : text
      } else {
        log.add(.wrongValue, node.span, "'advertise' must be an address", hint: "http://10.0.0.5:8080")
      }
    }
    if let node = fields["debug"], let flag = log.bool(node, "'debug'") { configuration.isDebug = flag }
  }

  private mutating func storage(_ node: YAMLNode) -> Configuration.Storage? {
    let written: String?
    if case .map = node.content {
      written = resolvedText(node, "'storage'", isSecret: false)?.textValue
    } else {
      written = log.text(node, "'storage'")
    }
    guard let text = written else { return nil }
    if text.hasPrefix("sqlite:"), text.utf8.count > 7 { return .sqlite(path: String(text.dropFirst(7))) }
    guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
      log.add(
        .wrongValue, node.span, "'storage' must be sqlite:FILE or postgres://USER@HOST/DATABASE",
        hint: "for instance sqlite:var/switchboard.db")
      return nil
    }
    if let problem = PostgresURL.problem(of: text) {
      log.add(
        .wrongValue, node.span, "the address in 'storage' cannot be right: \(problem)",
        hint: "postgres://USER:PASSWORD@HOST:PORT/DATABASE")
      return nil
    }
    secrets += PostgresURL.secrets(of: text)
    return .postgres(url: text)
  }

  private mutating func projects(_ node: YAMLNode) -> [ProjectConfiguration] {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "'projects'", "a mapping")
      return []
    }
    return entries.compactMap { entry in
      guard log.isName(entry.key, entry.keySpan, "the project's name") else { return nil }
      log.trail.append("project '\(entry.key)'")
      defer { log.trail.removeLast() }
      return project(entry)
    }
  }

  private mutating func project(_ entry: YAMLEntry) -> ProjectConfiguration? {
    let known = ["time_zone", "settings", "connections", "flows", "rules", "trust"]
    guard let fields = log.fields(entry.value, "a project", known: known, mayBeEmpty: ["settings", "connections"])
    else {
      return nil
    }
    var zone = "UTC"
    if let node = fields["time_zone"], let name = log.text(node, "'time_zone'") {
      if isTimeZone(name) {
        zone = name
      } else {
        log.add(.unknownTimeZone, node.span, "there is no time zone '\(name)'", hint: "for instance Europe/Moscow")
      }
    }
    var settings = Value.map([:])
    if let node = fields["settings"] {
      if case .map = node.content { settings = resolved(node) } else { log.wrongType(node, "'settings'", "a mapping") }
    }
    var connections: [ConnectionConfiguration] = []
    if let node = fields["connections"] {
      if case .map(let entries) = node.content {
        connections = entries.compactMap { connection($0, project: entry.key) }
      } else {
        log.wrongType(node, "'connections'", "a mapping")
      }
    }
    let flows = fields["flows"].flatMap { log.path($0, "'flows'") } ?? "flows/\(entry.key)"
    let (rules, isolation) = rules(fields, project: entry.key)
    return ProjectConfiguration(
      name: entry.key, timeZone: zone, settings: settings, connections: connections, flowsFolder: flows,
      rulesFolder: rules, ruleIsolation: isolation)
  }

  /// `rules: FOLDER`, or `rules: { folder: FOLDER, isolation: process, isolated: [reply] }`; with `trust: low` rules
  /// run in a process unless the file says otherwise.
  private mutating func rules(
    _ fields: Fields, project: String
  ) -> (folder: String, isolation: RuleIsolationSetting) {
    var folder = "rules/\(project)"
    var isolation = RuleIsolationSetting()
    if let node = fields["trust"], let word = log.choice(node, "'trust'", RuleIsolationSetting.Trust.self) {
      isolation.isProcess = word == .low
    }
    guard let node = fields["rules"] else { return (folder, isolation) }
    guard case .map = node.content else { return (log.path(node, "'rules'") ?? folder, isolation) }
    guard let members = log.fields(node, "'rules'", known: ["folder", "isolation", "isolated"]) else {
      return (folder, isolation)
    }
    if let node = members["folder"], let path = log.path(node, "'folder'") { folder = path }
    if let node = members["isolation"], let word = log.choice(node, "'isolation'", RuleIsolationSetting.Mode.self) {
      isolation.isProcess = word == .process
    }
    if let node = members["isolated"] {
      isolation.isolatedRules = Set((log.list(node, "'isolated'") ?? []).compactMap { log.name($0, "a rule's name") })
    }
    return (folder, isolation)
  }

  private mutating func connection(_ entry: YAMLEntry, project: String) -> ConnectionConfiguration? {
    guard log.isName(entry.key, entry.keySpan, "the connection's name") else { return nil }
    log.trail.append("connection '\(entry.key)'")
    defer { log.trail.removeLast() }
    if let owner = owners.updateValue(project, forKey: entry.key) {
      log.add(
        .duplicateName, entry.keySpan, "a connection '\(entry.key)' stands in project '\(owner)' already",
        hint: "its name is part of webhook addresses: it may stand once")
    }
    return ConnectionReader.read(entry, with: &self)
  }
}

extension DiagnosticLog {
  /// A path relative to the configuration's folder. One that climbs out of it is refused: it would mean something
  /// else wherever the folder is moved. Who wants another folder writes the whole path.
  fileprivate mutating func path(_ node: YAMLNode, _ what: String) -> String? {
    guard let text = text(node, what) else { return nil }
    guard ConfigurationPath.climbs(text) else { return text }
    add(
      .pathLeaves, node.span, "\(what) leaves the configuration's folder",
      hint: "write a path inside it, or an absolute one")
    return nil
  }
}
