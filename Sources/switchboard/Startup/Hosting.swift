//! Makes each connection's context: what is lent to it, and where it can be called.
import FlowEngine
import Gateway
import HTTPTransport
import JournalCore
import Logging
import PluginHost
import SwitchboardSDK

struct Hosting: Sendable {
  let plan: InstallationPlan
  let plugins: PluginRegistry
  let journal: any Journal
  let engine: Engine
  let connections: ConnectionHost
  let transport: CurlTransport
  let clock: SystemClock
  let log: Logger

  /// What was found and made: connections to open, addresses to answer at, and the secrets in those addresses.
  func hosted() async throws -> ([HostedConnection], WebhookDirectory, [String]) {
    var hosted: [HostedConnection] = []
    var entries: [WebhookDirectory.Entry] = []
    var secrets: [String] = []
    for project in plan.projects {
      for connection in project.connections {
        guard let plugin = plugins[connection.plugin] else {
          throw StartupFailure("connection '\(connection.name)': no plugin '\(connection.plugin)'")
        }
        let secret = try await pathSecret(of: connection)
        if let secret { secrets.append(secret) }
        let families = Self.families(of: connection)
        entries += families.map { WebhookDirectory.Entry(family: $0, connection: connection.name, secret: secret) }
        let context = try await context(connection, of: project, family: families.first, secret: secret)
        if let secret = context.webhookHeaderSecret { secrets.append(secret) }
        hosted.append(HostedConnection(plugin: plugin.plugin, context: context))
      }
    }
    return (hosted, WebhookDirectory(entries), secrets)
  }

  private func context(
    _ connection: InstallationPlan.Connection, of project: InstallationPlan.Project,
    family: WebhookAddress.Family?, secret: String?
  ) async throws -> ConnectionContext {
    var url: String?
    var headerSecret: String?
    if connection.receive == "webhook", let base = plan.publicURL, let family {
      url =
        [base, "api/webhooks", family.rawValue, connection.name].joined(separator: "/")
        + (secret.map { "/\($0)" } ?? "")
      // A secret that was fixed by hand serves for both: whoever fixed it may have to tell another system.
      headerSecret = if case .fixed(let fixed) = connection.webhookSecret { fixed } else {
        try await kept("webhook_header_secret", of: connection)
      }
    }
    var lent = ConnectionContext(
      connection: connection.name, project: project.name, settings: connection.settings,
      intake: LentIntake(intake: engine.intake, journal: journal, connection: connection.name, project: project.name,
        clock: clock),
      http: transport, log: LentLog(logger: logger(connection, project)), clock: clock,
      store: LentStore(journal: journal, connection: connection.name), files: LentFiles(host: connections),
      webhookURL: url, webhookHeaderSecret: headerSecret)
    lent.health = LentHealth(host: connections, connection: connection.name)
    return lent
  }

  private func logger(_ connection: InstallationPlan.Connection, _ project: InstallationPlan.Project) -> Logger {
    var logger = log
    logger[metadataKey: "connection"] = "\(connection.name)"
    logger[metadataKey: "project"] = "\(project.name)"
    return logger
  }

  /// A Telegram bot may stand in a group or speak with customers: both of the seed's addresses lead to it.
  private static func families(of connection: InstallationPlan.Connection) -> [WebhookAddress.Family] {
    switch connection.plugin {
    case "telegram": connection.settings["group"].isNull ? [.sourceTelegram, .telegram] : [.telegram, .sourceTelegram]
    default: WebhookAddress.Family(rawValue: connection.plugin).map { [$0] } ?? []
    }
  }

  private func pathSecret(of connection: InstallationPlan.Connection) async throws -> String? {
    switch connection.webhookSecret {
    case .open: nil
    case .fixed(let secret): secret
    case .made: try await kept("webhook_secret", of: connection)
    }
  }

  /// A secret that was made once and is kept: 16 random bytes, URL-safe (requirement T10).
  private func kept(_ key: String, of connection: InstallationPlan.Connection) async throws -> String {
    let store = LentStore(journal: journal, connection: "@webhook/" + connection.name)
    if let known = try await store.get(key).textValue { return known }
    let made = RandomSecret.urlSafe(bytes: 16)
    try await store.set(key, .text(made))
    return made
  }
}
