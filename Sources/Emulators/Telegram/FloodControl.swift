//! Telegram's limits as its FAQ has them (core.telegram.org/bots/faq): 30 messages a second and bot, one a second in a
//! private chat with short bursts, 20 a minute in a group. Edits, pins and new topics count as messages, which is
//! stricter than the words of the FAQ. As with the real service, a 429 does not say whether chat or bot is meant.

internal import SwitchboardSDK

struct FloodControl: Sendable {
  private struct Window: Sendable {
    let calls: Int
    let milliseconds: Int64
    var moments: [Timestamp] = []

    /// Milliseconds until the next call may come.
    mutating func wait(at now: Timestamp) -> Int64 {
      moments.removeAll { now.millisecondsSince($0) >= milliseconds }
      guard moments.count >= calls else { return 0 }
      return milliseconds - now.millisecondsSince(moments[moments.count - calls])
    }
  }
  private struct Place: Hashable {
    var bot: Int64
    /// Nil for the bot as a whole.
    var chat: Int64?
  }
  private var windows: [Place: Window] = [:]

  /// Seconds to wait, or nil when the call may be performed; then it counts.
  mutating func refusal(bot: Int64, chat: Int64, now: Timestamp) -> Int64? {
    let whole = Place(bot: bot, chat: nil)
    let place = Place(bot: bot, chat: chat)
    var bots = windows[whole] ?? Window(calls: 30, milliseconds: 1_000)
    var chats =
      windows[place] ?? (chat < 0 ? Window(calls: 20, milliseconds: 60_000) : Window(calls: 3, milliseconds: 3_000))
    let wait = max(bots.wait(at: now), chats.wait(at: now))
    if wait == 0 {
      bots.moments.append(now)
      chats.moments.append(now)
    }
    (windows[whole], windows[place]) = (bots, chats)
    return wait > 0 ? (wait + 999) / 1_000 : nil
  }
}

extension BotMethod {
  /// Puts or changes something in a chat.
  var isMessageLike: Bool {
    switch self {
    case .sendMessage, .sendPhoto, .sendVoice, .sendDocument, .sendAudio, .sendVideo, .sendMediaGroup, .copyMessage,
      .forwardMessage, .editMessageText, .createForumTopic, .editForumTopic, .pinChatMessage:
      true
    default: false
    }
  }
}
