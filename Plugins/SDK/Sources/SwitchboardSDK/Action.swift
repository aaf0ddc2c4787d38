//! What the engine asks of a connector, and what comes of it.

/// One call to the outside. The planner cuts a message into actions that are one API call each, so that the
/// send ledger never has to describe half a success.
public struct Action: Sendable, Hashable {
  /// `send`, `open_thread`, `pin` or an action that the manifest declares.
  public var name: String
  /// The same at every repetition of this action; passed on to channels that know such keys.
  public var idempotencyKey: String
  public var chat: String
  public var thread: String?
  /// For `send`: a text, or one attachment with an optional caption.
  public var message: OutgoingMessage?
  /// For all others: by name, as the manifest declares them. `open_thread` takes `title`; `pin` takes `message_id`.
  public var arguments: Value

  public init(
    name: String, idempotencyKey: String, chat: String, thread: String? = nil,
    message: OutgoingMessage? = nil, arguments: Value = .null
  ) {
    self.name = name
    self.idempotencyKey = idempotencyKey
    self.chat = chat
    self.thread = thread
    self.message = message
    self.arguments = arguments
  }
}

public struct OutgoingMessage: Sendable, Hashable {
  /// Plain text, never markup. With an attachment it is the caption.
  public var text: String
  public var attachment: Attachment?
  /// Rows of buttons; `data` comes back as a callback event.
  public var buttons: [[Button]]

  public init(text: String, attachment: Attachment? = nil, buttons: [[Button]] = []) {
    self.text = text
    self.attachment = attachment
    self.buttons = buttons
  }
}

public struct Button: Sendable, Hashable {
  public var text: String
  public var data: String

  public init(text: String, data: String) {
    self.text = text
    self.data = data
  }
}

/// What the channel answered. Goes into the send ledger.
public struct ActionResult: Sendable, Hashable {
  /// Ids of the messages made, to recognise their echo. For `open_thread` the thread's id comes first.
  public var remoteIDs: [String]
  /// Readable in the flow under the step's id.
  public var value: Value

  public init(remoteIDs: [String], value: Value = .null) {
    self.remoteIDs = remoteIDs
    self.value = value
  }
}

/// Why an action failed. The code steers the engine; the detail only informs and holds no secret.
public struct ActionError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Surely not performed; may be tried again (connection refused, 5xx before acceptance).
    case transient
    /// Surely not performed; the channel asks to wait `retryAfterMilliseconds`.
    case rateLimited
    /// May have been performed: time-out or cut after the request went out.
    case unknown
    /// The thread no longer exists: open a new one and deliver again.
    case threadGone
    /// This recipient cannot be reached any more (blocked, deactivated, chat deleted).
    case recipientGone
    /// The chat has a new id, in `newChat`; try again there.
    case migrated
    /// Credentials refused: nothing on this connection will work until a person mends it.
    case unauthorized
    /// The channel does not take this kind of content; tell the sender.
    case unsupported
    /// The request is wrong and will always be.
    case invalid
  }

  public var code: Code
  public var detail: String
  public var retryAfterMilliseconds: Int64?
  public var newChat: String?
  /// With `rateLimited`: the channel means every call of the connection, not only those in this chat (since SDK 1.1).
  public var isForWholeConnection = false

  public init(_ code: Code, _ detail: String, retryAfterMilliseconds: Int64? = nil, newChat: String? = nil) {
    self.code = code
    self.detail = detail
    self.retryAfterMilliseconds = retryAfterMilliseconds
    self.newChat = newChat
  }
}

/// What a channel could tell about an action whose outcome was lost in a crash or time-out.
public enum Reconciliation: Sendable, Hashable {
  case performed(ActionResult)
  case notPerformed
  /// The channel cannot be asked: the connection's `unknown: resend | hold` policy decides.
  case cannotTell
}
