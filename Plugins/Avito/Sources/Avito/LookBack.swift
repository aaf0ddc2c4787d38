//! Which chats may hold older messages that no webhook brought: those of a time when nobody listened.

internal import SwitchboardSDK

/// Avito repeats a webhook once and then forgets it. So the first webhook of a chat may stand before messages that
/// nobody here has seen; it looks for them before it is taken in. Where looking would cost too much, or fails, the
/// reconciling poll finds them later, behind it.
actor LookBack {
  private let clock: any ClockPort
  /// When the older messages of a chat were last known to be with us.
  private var coveredAt: [String: Timestamp] = [:]
  /// A whole round of the poll has been made since this node began to receive.
  private var hasPolled = false
  private var pausedUntil: Timestamp?
  private var minute: Int64 = 0
  private var looksInMinute = 0

  init(clock: any ClockPort) { self.clock = clock }

  /// Receiving begins, perhaps after another node's: what was known says nothing about the time between.
  func begin() {
    coveredAt = [:]
    hasPolled = false
    pausedUntil = nil
  }

  func polled() { hasPolled = true }

  /// Whether to look before a webhook of this chat is taken in. Counts as a look.
  func isDue(_ chat: String) -> Bool {
    let now = clock.now()
    if let pausedUntil, now < pausedUntil { return false }
    if let known = coveredAt[chat], now.millisecondsSince(known) < AvitoLimits.lookBackEveryMilliseconds {
      return false
    }
    guard hasPolled else { return true }
    let thisMinute = now.milliseconds / 60_000
    if minute != thisMinute { (minute, looksInMinute) = (thisMinute, 0) }
    looksInMinute += 1
    return looksInMinute <= AvitoLimits.lookBacksPerMinuteMax
  }

  /// Everything of the chat up to now has been made durable.
  func covered(_ chat: String) {
    if coveredAt.count >= AvitoLimits.knownChatsMax, coveredAt[chat] == nil { coveredAt = [:] }
    coveredAt[chat] = clock.now()
  }

  /// A message of the chat could not be stored: its source may not repeat it.
  func missed(_ chat: String) { coveredAt[chat] = nil }

  func failed(_ failure: AvitoFailure?) {
    var pause = AvitoLimits.lookBackPauseMilliseconds
    if case .rateLimited(let milliseconds) = failure?.kind { pause = max(pause, milliseconds) }
    pausedUntil = clock.now().adding(milliseconds: pause)
  }
}
