//! What a plugin says about itself before it does anything: parser, lint, defaults and manual in one.

public struct PluginManifest: Sendable, Hashable {
  /// The word after `plugin:` in `switchboard.yaml`: lower-case letters, digits, `-`.
  public var name: String
  public var version: String
  public var summary: String
  public var settings: [SettingField]
  public var capabilities: ConnectorCapabilities
  /// Actions beyond `send`, for the `call` step.
  public var actions: [ActionDeclaration]
  /// How often the channel lets itself be called; without limits unless set (since SDK 1.1).
  public var pacing = ConnectorPacing()

  public init(
    name: String, version: String, summary: String, settings: [SettingField],
    capabilities: ConnectorCapabilities, actions: [ActionDeclaration] = []
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.settings = settings
    self.capabilities = capabilities
    self.actions = actions
  }
}

/// One setting of a connection.
public struct SettingField: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case text, int, bool
    /// Written `5s`, `10m`; handed over in milliseconds.
    case duration
    case textList
    case choice([String])
    /// Text that appears in no log, diagnostic or answer.
    case secret
  }
  public var name: String
  public var kind: Kind
  public var help: String
  /// Filled in when the setting is absent; `.null` and `isRequired` false leave it out.
  public var defaultValue: Value
  public var isRequired: Bool
  /// Inclusive bounds for `int` and (in milliseconds) `duration`.
  public var minimum: Int64?
  public var maximum: Int64?

  public init(
    _ name: String, _ kind: Kind, help: String, defaultValue: Value = .null, isRequired: Bool = false,
    minimum: Int64? = nil, maximum: Int64? = nil
  ) {
    self.name = name
    self.kind = kind
    self.help = help
    self.defaultValue = defaultValue
    self.isRequired = isRequired
    self.minimum = minimum
    self.maximum = maximum
  }
}

/// What the engine must know to cut messages and place threads.
public struct ConnectorCapabilities: Sendable, Hashable {
  /// Longest text of one message, in Unicode scalars (Telegram 4096, Avito 1000).
  public var textScalarsMax: Int
  /// Longest caption; 0 when an attachment cannot carry text.
  public var captionScalarsMax: Int
  /// Kinds that `send` takes as `message.attachment`; all others go as text with label and link.
  public var attachmentKinds: [Attachment.Kind]
  public var fileBytesMax: Int64
  /// Has forum topics: `open_thread`, `pin` and `Action.thread` work.
  public var hasThreads: Bool
  /// Can take the title of a thread, in Unicode scalars; 0 without threads.
  public var threadTitleScalarsMax: Int
  public var receivesByPolling: Bool
  public var receivesByWebhook: Bool
  /// Actions in flight at once on one connection.
  public var concurrentActionsMax: Int
  /// `reconcile` can answer something else than `cannotTell`.
  public var canReconcile: Bool

  public init(
    textScalarsMax: Int, captionScalarsMax: Int = 0, attachmentKinds: [Attachment.Kind] = [],
    fileBytesMax: Int64 = 20 << 20, hasThreads: Bool = false, threadTitleScalarsMax: Int = 0,
    receivesByPolling: Bool = false, receivesByWebhook: Bool = false, concurrentActionsMax: Int = 64,
    canReconcile: Bool = false
  ) {
    self.textScalarsMax = textScalarsMax
    self.captionScalarsMax = captionScalarsMax
    self.attachmentKinds = attachmentKinds
    self.fileBytesMax = fileBytesMax
    self.hasThreads = hasThreads
    self.threadTitleScalarsMax = threadTitleScalarsMax
    self.receivesByPolling = receivesByPolling
    self.receivesByWebhook = receivesByWebhook
    self.concurrentActionsMax = concurrentActionsMax
    self.canReconcile = canReconcile
  }
}

public struct ActionDeclaration: Sendable, Hashable {
  public var name: String
  public var summary: String
  public var arguments: [SettingField]

  public init(_ name: String, summary: String, arguments: [SettingField] = []) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
  }
}
