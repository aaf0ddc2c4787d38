//! What the host lends to a connection, and takes back when it stops. A plugin holds no global of its own.

public struct ConnectionContext: Sendable {
  /// The connection's name in `switchboard.yaml`.
  public let connection: String
  public let project: String
  /// Checked against the manifest: every required field is there, defaults are filled in, secrets are resolved.
  /// A mapping from field name to text, whole number, true/false, list; durations are milliseconds.
  public let settings: Value
  public let intake: any IntakePort
  public let http: any HTTPPort
  public let log: any LogPort
  public let clock: any ClockPort
  public let store: any StorePort
  public let files: any FilePort
  /// Where the channel must call us when `receive: webhook`, secret included; nil when no public URL is set.
  public let webhookURL: String?
  /// For channels that send a secret of their own in a header (Telegram's `secret_token`).
  public let webhookHeaderSecret: String?
  /// Where the connector says how it fares. Since SDK 1.2; a host that wants to hear it puts its own here.
  public var health: any HealthPort = UnheardHealth()

  public init(
    connection: String, project: String, settings: Value, intake: any IntakePort, http: any HTTPPort,
    log: any LogPort, clock: any ClockPort, store: any StorePort, files: any FilePort,
    webhookURL: String? = nil, webhookHeaderSecret: String? = nil
  ) {
    self.connection = connection
    self.project = project
    self.settings = settings
    self.intake = intake
    self.http = http
    self.log = log
    self.clock = clock
    self.store = store
    self.files = files
    self.webhookURL = webhookURL
    self.webhookHeaderSecret = webhookHeaderSecret
  }
}

public protocol IntakePort: Sendable {
  /// Returns once all events are durable; repeated ones are recognised and count as accepted.
  /// Throws when they could not be stored: do not confirm them to the channel, try again later.
  func accept(_ events: [Event]) async throws(IntakeError)
  /// Whether a message id is one that this connection has itself sent (the send ledger knows).
  func isOwnMessage(chat: String, messageID: String) async -> Bool
}

public struct IntakeError: Error, Sendable, Hashable {
  public var detail: String
  public init(_ detail: String) { self.detail = detail }
}

public protocol ClockPort: Sendable {
  func now() -> Timestamp
  /// Returns early (without throwing) when the task is cancelled: check `Task.isCancelled`.
  func sleep(milliseconds: Int64) async
}

/// Small durable values of one connection (polling offset, account id). Not for messages.
public protocol StorePort: Sendable {
  func get(_ key: String) async throws(IntakeError) -> Value
  /// Durable when it returns. `.null` removes.
  func set(_ key: String, _ value: Value) async throws(IntakeError)
}

public protocol FilePort: Sendable {
  /// The content of an attachment, whichever connection it came from, or of its public address.
  func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile
}

/// How a connection fares, as its connector sees it.
public enum ConnectorHealth: Sendable, Hashable {
  /// The channel answers.
  case connected
  /// It does not, and the connector goes on trying by itself. The reason is for people and must hold no secret.
  case degraded(String)
}

/// Since SDK 1.2.
public protocol HealthPort: Sendable {
  /// May be said as often as one likes: only what changes is told on. Until then a connection that receives counts as
  /// connected.
  func report(_ health: ConnectorHealth)
}

/// For hosts that do not ask.
struct UnheardHealth: HealthPort {
  func report(_ health: ConnectorHealth) {}
}

public enum LogLevel: String, Sendable, Hashable { case debug, info, warning, error }

public protocol LogPort: Sendable {
  /// One line. `fields` must hold no secrets; the host escapes control characters.
  func log(_ level: LogLevel, _ text: String, _ fields: [String: String])
}

extension LogPort {
  public func log(_ level: LogLevel, _ text: String) { log(level, text, [:]) }
}
