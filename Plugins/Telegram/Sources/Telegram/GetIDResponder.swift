//! `/getid` (requirement T11): tells where it was asked, so that a person can fill in `group:`. The connector answers
//! by itself, so that the command works before any flow does and never becomes a customer's message.
//!
//! At most once: the question is noted in the store before the answer goes out. A crash in between loses the answer
//! (ask again); the other order would answer twice after each redelivery.
internal import SwitchboardSDK

struct GetIDQuestion: Sendable, Hashable {
  var chat: String
  var thread: String?
  var messageID: String
  /// The bot named in `/getid@name`; nil when none is.
  var addressee: String?

  /// Nil when the text is another one; empty when no bot is named.
  static func addressee(in text: String) -> String? {
    guard text.utf8.count <= 100, let word = text.split(separator: " ", maxSplits: 1).first else { return nil }
    let parts = word.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts[0].lowercased() == "/getid" else { return nil }
    return parts.count > 1 ? String(parts[1]) : ""
  }
}

actor GetIDResponder {
  private static let storeKey = "getid.answered"
  /// More than one batch of updates can redeliver.
  private static let rememberedMax = 128

  private let context: ConnectionContext
  private let api: BotAPI
  private var answered: [String]?
  private var username: String?

  init(context: ConnectionContext, api: BotAPI) {
    self.context = context
    self.api = api
  }

  /// Whether the question is for this bot. A name that cannot be checked counts as ours: a command must not reach
  /// a customer because Telegram was slow.
  func isOurs(_ question: GetIDQuestion) async -> Bool {
    guard let addressee = question.addressee else { return true }
    if username == nil {
      do throws(BotAPIFailure) {
        username = try await api.call("getMe", [:], timeoutMilliseconds: 10_000)["username"].textValue
      } catch {
        context.log.log(.warning, "cannot tell whether /getid@\(addressee) is for this bot: \(error.detail)")
      }
    }
    guard let username else { return true }
    return username.lowercased() == addressee.lowercased()
  }

  func answer(_ question: GetIDQuestion) async {
    let key = "\(question.chat):\(question.messageID)"
    do throws(IntakeError) {
      let known = try await remembered()
      guard !known.contains(key) else { return }
      let noted = Array((known + [key]).suffix(Self.rememberedMax))
      answered = noted
      try await context.store.set(Self.storeKey, .list(noted.map { .text($0) }))
    } catch {
      context.log.log(.warning, "/getid stays unanswered: \(error.detail)", ["chat": question.chat])
      return
    }
    var text = "chat_id: \(question.chat)"
    var parameters: [String: Value] = ["chat_id": TelegramID.chat(question.chat)]
    if let thread = question.thread {
      text += "\nThread ID: \(thread)"
      parameters["message_thread_id"] = Int64(thread).map { .int($0) } ?? .null
    }
    parameters["text"] = .text(text)
    do throws(BotAPIFailure) {
      _ = try await api.call("sendMessage", parameters, timeoutMilliseconds: 10_000)
    } catch {
      context.log.log(.warning, "/getid stays unanswered: \(error.detail)", ["chat": question.chat])
    }
  }

  private func remembered() async throws(IntakeError) -> [String] {
    if let answered { return answered }
    let stored = try await context.store.get(Self.storeKey).listValue?.compactMap(\.textValue) ?? []
    // Another answer may have been noted while the store was asked.
    let known = answered ?? stored
    answered = known
    return known
  }
}
