//! Avito's limits, and ours towards Avito: unit in the name, the reason above.

enum AvitoLimits {
  static let textScalarsMax = 1_000
  static let imageBytesMax: Int64 = 24 << 20
  /// `limit` and `offset` of the chat and message lists.
  static let pageSize = 100
  static let offsetMax = 1_000
  /// Pages of messages looked through for a send of ours whose answer was lost.
  static let messagePagesMax = 3
  /// A webhook must be answered within 2 s; this much may go into asking what the chat is about.
  static let factsBudgetMilliseconds: Int64 = 1_000
  /// Lost webhooks are found by looking for unread chats this often.
  static let reconciliationMilliseconds: Int64 = 60_000
  static let backOffMaxMilliseconds: Int64 = 60_000
  /// Chats whose facts are kept in memory.
  static let knownChatsMax = 5_000
}
