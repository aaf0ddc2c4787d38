//! What a plugin implements.

/// One library under `plugins/`. It holds no state of its own; each configured connection gets a `Connector`.
public protocol ConnectorPlugin: Sendable {
  var manifest: PluginManifest { get }
  /// Makes the connector of one connection. Does no I/O; settings have been checked against `manifest.settings`.
  /// Throws when the settings contradict each other in a way the field list cannot say.
  func connect(_ context: ConnectionContext) throws(PluginError) -> any Connector
}

/// One live connection to a channel. All methods may be called at the same time from several tasks.
public protocol Connector: Sendable {
  /// Receives until cancelled. Hands events to `context.intake` and confirms to the channel only after
  /// `accept` has returned. Returning early means that there is nothing (more) to receive this way;
  /// throwing means that receiving cannot go on without a person (`unauthorized`, `conflict`).
  func run() async throws(PluginError)

  /// Answers one webhook call whose secret the host has already checked. Must call `context.intake.accept`
  /// before it answers 200.
  func receive(_ request: WebhookRequest) async -> WebhookAnswer

  /// Performs one action. Never repeats by itself what may have been performed.
  func perform(_ action: Action) async throws(ActionError) -> ActionResult

  /// Fetches the content of an attachment that came from this connection.
  func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile

  /// Finds out whether an action begun at `begunAt` was performed.
  func reconcile(_ action: Action, begunAt: Timestamp) async throws(ActionError) -> Reconciliation

  /// Called once when the connection stops for good; `run` has been cancelled before.
  func stop() async
}

extension Connector {
  public func run() async throws(PluginError) {}
  public func receive(_ request: WebhookRequest) async -> WebhookAnswer {
    WebhookAnswer(status: 404, detail: "this connection takes no webhooks")
  }
  public func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile {
    throw ActionError(.unsupported, "this connection has no files")
  }
  public func reconcile(_ action: Action, begunAt: Timestamp) async throws(ActionError) -> Reconciliation {
    .cannotTell
  }
  public func stop() async {}
}

/// A webhook call as the host received it. The path's secret has been checked in constant time and removed.
public struct WebhookRequest: Sendable {
  /// Lower-case names.
  public var headers: [String: String]
  public var body: [UInt8]

  public init(headers: [String: String], body: [UInt8]) {
    self.headers = headers
    self.body = body
  }
}

public struct WebhookAnswer: Sendable, Hashable {
  /// HTTP status.
  public var status: Int
  /// A JSON body to answer with, or empty.
  public var body: [UInt8]
  /// For the log, when the status is not 200.
  public var detail: String

  public init(status: Int, body: [UInt8] = [], detail: String = "") {
    self.status = status
    self.body = body
    self.detail = detail
  }
}

/// A failure of a plugin as a whole.
public struct PluginError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable {
    /// Settings that contradict each other.
    case settings
    /// The channel refuses our credentials.
    case unauthorized
    /// Another instance receives with the same credentials (Telegram 409).
    case conflict
    /// Stopped because the host cancelled.
    case cancelled
    /// Anything else that receiving cannot get over.
    case failed
  }
  public var code: Code
  public var detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }
}
