//! The state of the emulated Telegram and everything that changes it: plain values, no network, no clock of its own.

internal import SwitchboardSDK

/// Owned by one actor and shared with nobody. A class, because an optimised build copies a struct this large when it
/// reads one member, and a copy alive anywhere makes each new message cost a copy of its whole chat.
final class TelegramWorld {
  var users: [Int64: TelegramUser] = [:]
  var bots: [Int64: TelegramBot] = [:]
  var botByToken: [String: Int64] = [:]
  var chats: [ChatKey: TelegramChat] = [:]
  var files: [Int: StoredFile] = [:]
  /// Paths that `getFile` gave out, with bot and time.
  var grantedPaths: [String: (bot: Int64, file: Int, at: Timestamp)] = [:]
  var callbackAnswers: [SeenCallbackAnswer] = []
  /// Bots with a new update since `takeTouched` was last asked.
  private(set) var touched: Set<Int64> = []
  /// Messages since `takeNewMessages` was last asked; kept only while somebody watches.
  var isWatched = false
  private(set) var newMessages: [SeenMessage] = []

  let messagesKeptMax: Int
  var flood: FloodControl?
  let callbackLifetimeMilliseconds: Int64
  private var order: [(key: ChatKey, id: Int64)] = []
  private var orderHead = 0
  private var lastSequence = 0
  private var lastFile = 0
  private var lastCounter: Int64 = 0

  init(messagesKeptMax: Int, checksFlood: Bool, callbackLifetimeMilliseconds: Int64) {
    self.messagesKeptMax = max(1, messagesKeptMax)
    flood = checksFlood ? FloodControl() : nil
    self.callbackLifetimeMilliseconds = callbackLifetimeMilliseconds
  }

  /// A number never used before, for ids.
  func counter() -> Int64 {
    lastCounter += 1
    return lastCounter
  }

  func takeTouched() -> Set<Int64> {
    defer { touched = [] }
    return touched
  }

  func takeNewMessages() -> [SeenMessage] {
    defer { newMessages = [] }
    return newMessages
  }

  // MARK: Messages

  /// Numbers the message, puts it into its chat and tells the bots that may see it.
  @discardableResult
  func post(_ draft: TelegramMessage) -> TelegramMessage {
    var message = draft
    lastSequence += 1
    message.sequence = lastSequence
    message.id = nextMessageID(draft.key)
    keep(message, draft.key, message.id)
    remember(message)
    announce(message, "message")
    if isWatched, let seen = seen(message) { newMessages.append(seen) }
    return message
  }

  private func keep(_ message: TelegramMessage?, _ key: ChatKey, _ id: Int64) {
    guard let index = chats.index(forKey: key) else { return }
    chats.values[index].messages[id] = message
  }

  private func nextMessageID(_ key: ChatKey) -> Int64 {
    if key.owner != 0 {
      bots[key.owner]?.lastPrivateMessageID += 1
      return bots[key.owner]?.lastPrivateMessageID ?? 1
    }
    chats[key]?.lastMessageID += 1
    return chats[key]?.lastMessageID ?? 1
  }

  /// Forgets the oldest message beyond the limit; roots of topics stay, replies need them.
  private func remember(_ message: TelegramMessage) {
    order.append((message.key, message.id))
    if order.count - orderHead > messagesKeptMax {
      let oldest = order[orderHead]
      orderHead += 1
      if chats[oldest.key]?.topics[oldest.id] == nil { keep(nil, oldest.key, oldest.id) }
    }
    if orderHead > 4_096, orderHead * 2 > order.count {
      order.removeFirst(orderHead)
      orderHead = 0
    }
  }

  /// All kept messages in the order of their appearance.
  var seenMessages: [SeenMessage] {
    order[orderHead...].compactMap { chats[$0.key]?.messages[$0.id] }.compactMap(seen)
  }

  func message(_ key: ChatKey, _ id: Int64?) -> TelegramMessage? {
    guard let id, let message = chats[key]?.messages[id], !message.isDeleted else { return nil }
    return message
  }

  // MARK: Updates

  /// One update for every bot that may see this message.
  func announce(_ message: TelegramMessage, _ kind: String) {
    guard let chat = chats[message.key] else { return }
    let readers = message.key.owner != 0 ? [message.key.owner] : Array(chat.members.keys)
    for reader in readers {
      guard let bot = bots[reader], sees(bot, message, in: chat) else { continue }
      enqueue(reader, kind, chat: message.key.id, at: message.editDate ?? message.date, render(message, for: reader))
    }
  }

  /// A bot does not get its own ordinary messages; service messages of its own do come back.
  private func sees(_ bot: TelegramBot, _ message: TelegramMessage, in chat: TelegramChat) -> Bool {
    if message.sender == bot.user.id { return !message.service.isEmpty }
    if users[message.sender]?.isBot == true { return false }
    if message.key.owner != 0 { return true }
    guard let status = chat.members[bot.user.id], status.isPresent else { return false }
    if status != .member || !bot.hasPrivacyMode || !message.service.isEmpty { return true }
    let isReply = message.replyTo.flatMap { chat.messages[$0] }?.sender == bot.user.id
    return isReply || message.text.hasPrefix("/") || message.text.contains("@\(bot.user.username ?? "")")
  }

  func enqueue(_ bot: Int64, _ kind: String, chat: Int64, at moment: Timestamp, _ content: Value) {
    guard var state = bots[bot], state.takes(kind) else { return }
    let id = state.nextUpdateID
    bots[bot] = nil
    state.nextUpdateID += 1
    state.updates.append(
      PendingUpdate(
        id: id, chat: chat, value: ["update_id": .int(id), kind: content],
        expires: moment.adding(milliseconds: 86_400_000)))
    bots[bot] = state
    touched.insert(bot)
  }

  // MARK: Files

  /// Stores what one message carries. Photos come in several sizes; the smaller ones hold the same bytes here.
  func store(_ upload: UploadedFile, as kind: PlayedContent.Media) -> [Int] {
    let size = ImageProbe.size(of: upload.bytes) ?? (640, 480)
    guard kind == .photo else { return [store(upload, kind, 0, 0)] }
    let longest = max(size.width, size.height)
    var numbers: [Int] = []
    for bound in [Int64(90), 320, 800] where longest > bound {
      numbers.append(store(upload, kind, max(1, size.width * bound / longest), max(1, size.height * bound / longest)))
    }
    let bound = min(longest, 1_280)
    let last = longest > 0 ? (size.width * bound / longest, size.height * bound / longest) : (1, 1)
    numbers.append(store(upload, kind, max(1, last.0), max(1, last.1)))
    return numbers
  }

  private func store(
    _ upload: UploadedFile, _ kind: PlayedContent.Media, _ width: Int64, _ height: Int64
  ) -> Int {
    lastFile += 1
    files[lastFile] = StoredFile(
      number: lastFile, kind: kind, bytes: upload.bytes, fileName: upload.fileName, mimeType: upload.mimeType,
      width: width, height: height)
    return lastFile
  }
}
