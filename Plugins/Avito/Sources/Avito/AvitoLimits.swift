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
  /// The same for looking what came before it: some of the two seconds is left for making it durable.
  static let lookBackBudgetMilliseconds: Int64 = 1_300
  /// After a look that failed webhooks go on without, so that not each of them waits for a channel that is away.
  static let lookBackPauseMilliseconds: Int64 = 5_000
  /// Webhooks get lost while we listen, too: after so long a chat is looked through again when it speaks.
  static let lookBackEveryMilliseconds: Int64 = 600_000
  /// Looks a minute once a whole round of the reconciling poll has been made; before it there is no bound, since
  /// nothing else has caught up yet.
  static let lookBacksPerMinuteMax = 60
  /// Lost webhooks are found by looking for unread chats this often.
  static let reconciliationMilliseconds: Int64 = 60_000
  /// Chats whose marks share the two writes that keep a crash from hiding what came with the mark.
  static let readMarksInOneGo = 50
  static let backOffMaxMilliseconds: Int64 = 60_000
  /// Chats whose facts are kept in memory.
  static let knownChatsMax = 5_000
}
