//! How often a channel lets itself be called: declared in the manifest, kept by the host, so that a connector never
//! has to wait or to count.

/// At most so many calls in any stretch of time that long.
public struct RateLimit: Sendable, Hashable {
  /// From 1 to `callsMax`.
  public var calls: Int
  public var perMilliseconds: Int64

  /// The host remembers the end of each call that still counts.
  public static let callsMax = 1_000
  public static let perMillisecondsMax: Int64 = 3_600_000

  public init(calls: Int, perMilliseconds: Int64) {
    self.calls = calls
    self.perMilliseconds = perMilliseconds
  }
}

/// The limits of one connection; an administrator may set others (`limits:`). A call counts from its beginning until
/// `perMilliseconds` after its end, so that no delay on the way can crowd calls at the channel's side.
public struct ConnectorPacing: Sendable, Hashable {
  /// All actions of the connection together (Telegram: 30 a second and bot).
  public var connection: RateLimit?
  /// Actions in one chat with one person.
  public var chat: RateLimit?
  /// Actions in one group, whatever threads they go to. Without it, groups are chats like others.
  public var group: RateLimit?
  /// How ids of groups begin (Telegram: `-`); empty where ids do not tell.
  public var groupPrefix: String
  /// Actions that the channel counts for the connection but for no chat (Telegram: `answer_callback`).
  public var actionsOutsideChats: [String]

  /// No limits but for those given.
  public init(
    connection: RateLimit? = nil, chat: RateLimit? = nil, group: RateLimit? = nil, groupPrefix: String = "",
    actionsOutsideChats: [String] = []
  ) {
    self.connection = connection
    self.chat = chat
    self.group = group
    self.groupPrefix = groupPrefix
    self.actionsOutsideChats = actionsOutsideChats
  }

  public func isGroup(_ chat: String) -> Bool { !groupPrefix.isEmpty && chat.hasPrefix(groupPrefix) }
}
