//! `switchboard.yaml` as values: checked, with every default filled in and every secret resolved.
package import FlowModel
package import SwitchboardSDK

package struct Configuration: Sendable {
  package enum Storage: Sendable, Hashable {
    /// Path as written: relative to the configuration's folder.
    case sqlite(path: String)
    /// Its form is right; it may hold a password.
    case postgres(url: String)
  }
  package var host = "127.0.0.1"
  package var port = 8080
  package var publicURL: String?
  /// Of several nodes over one database: this one's name; nil takes the host's.
  package var node: String?
  /// Where the other nodes reach this one; nil takes `listen`.
  package var advertisedURL: String?
  package var isDebug = false
  package var storage = Storage.sqlite(path: "var/switchboard.db")
  package var pluginFolders: [String] = []
  /// `secrets: { from: file:DIR }`; nil reads them from the environment.
  package var secretsFolder: String?
  package var retention = RetentionPolicy()
  package var projects: [ProjectConfiguration] = []
  /// Resolved secrets, which no log may show.
  package var secrets: [String] = []
}

package struct ProjectConfiguration: Sendable {
  package var name: String
  package var timeZone: String
  /// `project.*`.
  package var settings: Value
  package var connections: [ConnectionConfiguration]
  /// As written: relative to the configuration's folder.
  package var flowsFolder: String
  package var rulesFolder: String
  /// Where rules run; `trust: low` makes it a process where the file does not say.
  package var ruleIsolation = RuleIsolationSetting()
}

/// `rules: { isolation: process, isolated: [name] }`.
package struct RuleIsolationSetting: Sendable, Hashable {
  /// How far the project's owner is trusted.
  enum Trust: String, CaseIterable { case normal, low }
  enum Mode: String, CaseIterable { case thread, process }

  package var isProcess = false
  /// Rules that run in a process though the others do not.
  package var isolatedRules: Set<String> = []

  package init() {}
}

package struct ConnectionConfiguration: Sendable {
  package enum Receiving: String, Sendable, Hashable, CaseIterable { case polling, webhook }
  package enum WebhookSecret: Sendable, Hashable {
    /// Made once and kept.
    case made
    case fixed(String)
    /// `webhook_secret: none`
    case open
  }
  package var name: String
  package var plugin: String
  package var span: SourceSpan
  /// By the plugin's manifest, defaults filled in; `receive` is among them.
  package var settings: Value
  package var receiving: Receiving
  package var webhookSecret: WebhookSecret
  package var unknownPolicy: ConnectionFacts.UnknownPolicy
  /// The plugin's limits, with those that `limits:` sets in their place.
  package var pacing: ConnectorPacing
}

/// Where `{ env: … }` and `{ secret: … }` lead; nil when there is nothing.
package struct SecretResolver: Sendable {
  package var environment: @Sendable (String) -> String?
  package var secret: @Sendable (String) -> String?

  package init(
    environment: @escaping @Sendable (String) -> String?, secret: @escaping @Sendable (String) -> String?
  ) {
    self.environment = environment
    self.secret = secret
  }
}
