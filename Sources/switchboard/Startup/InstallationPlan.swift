//! What is to be started, whichever way it was configured.
import FlowLoading
import FlowModel
import RuleEngine
import SwitchboardSDK

struct InstallationPlan: Sendable {
  struct Project: Sendable {
    var name: String
    var timeZone: TimeZoneTable
    var settings: Value
    var connections: [Connection]
    /// Absolute paths.
    var flowsFolder: String
    var rulesFolder: String
    var ruleIsolation = RuleIsolation.thread
  }
  struct Connection: Sendable {
    enum WebhookSecret: Sendable {
      case made
      case fixed(String)
      case open
    }
    var name: String
    var plugin: String
    /// Checked against the plugin's manifest.
    var settings: Value
    var receive: String
    var webhookSecret: WebhookSecret
    var unknownPolicy: ConnectionFacts.UnknownPolicy
    var pacing: ConnectorPacing
  }
  var host: String
  var port: Int
  var publicURL: String?
  /// Of several nodes: this one's name, else the host's; and where the others reach it, else where it listens.
  var node: String?
  var advertisedURL: String?
  /// The path of a file is absolute.
  var storage: StoragePlace
  var retention: RetentionPolicy
  var projects: [Project]
  /// Values that no log may show.
  var secrets: [String]
  /// For variables of flows.
  var resolver: SecretResolver?
}

/// Why the program cannot start, ready to be printed.
struct StartupFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
