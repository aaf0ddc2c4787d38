//! The emulated Avito as a value: who there is, what was written, what is known. No clock, no network.
internal import SwitchboardSDK

struct AvitoWorld: Sendable {
  struct Token: Sendable {
    let account: Int64
    var expiresAt: Timestamp
  }

  var settings = AvitoSettings()
  /// Where images and voices are fetched: the server's own address.
  var base = "http://127.0.0.1:0"
  var accounts: [Int64: AvitoAccount] = [:]
  var customers: [Int64: String] = [:]
  var items: [Int64: AvitoItem] = [:]
  var chats: [String: AvitoChat] = [:]
  private var chatIDs: [AvitoParties: String] = [:]
  var images: [String: AvitoImage] = [:]
  var voices: [String: [UInt8]] = [:]
  var tokens: [String: Token] = [:]
  var seen: [AvitoSeenMessage] = []
  var reads: [AvitoReadMark] = []
  /// Notifications that wait to be delivered.
  var outbox: [AvitoNotification] = []
  private var lastNumber: UInt64 = 0

  /// 32 hexadecimal digits, different each time and the same in each run.
  mutating func newID() -> String {
    lastNumber += 1
    let digits = String(lastNumber &* 0x9E37_79B9_7F4A_7C15, radix: 16)
    let count = String(lastNumber, radix: 16)
    return Self.padded(digits, 16) + Self.padded(count, 16)
  }

  mutating func newNumber(from start: Int64) -> Int64 {
    lastNumber += 1
    return start + Int64(lastNumber)
  }

  private static func padded(_ digits: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// The chat of customer and account about this item, made when there is none.
  mutating func openChat(account: Int64, customer: Int64, item: Int64?, kind: String, at: Timestamp) -> String {
    let parties = AvitoParties(account: account, customer: customer, item: item, kind: kind)
    if let known = chatIDs[parties], chats[known] != nil { return known }
    // Real ids hold these characters; a connector that forgets to encode a path segment shall notice.
    let id = "\(kind)-\(newID().prefix(10))~\(newNumber(from: 0))_Qs-"
    chats[id] = AvitoChat(
      id: id, kind: kind, account: account, customer: customer, item: item, createdAt: at.secondsSince1970,
      updatedAt: at.secondsSince1970)
    chatIDs[parties] = id
    return id
  }

  /// Appends a message and notifies the account; own messages are echoed.
  mutating func post(_ content: AvitoContent, by author: Int64, in chatID: String, at: Timestamp) -> AvitoMessage? {
    guard chats[chatID] != nil else { return nil }
    let message = AvitoMessage(id: newID(), author: author, createdAt: at.secondsSince1970, content: content)
    // In place: a copy would cost the whole history at every message.
    chats[chatID]?.messages.append(message)
    chats[chatID]?.updatedAt = at.secondsSince1970
    guard let chat = chats[chatID] else { return nil }
    if author == chat.account { seen.append(sight(of: message, in: chat, at: at)) }
    notify(message, in: chat, at: at)
    return message
  }

  mutating func notify(_ message: AvitoMessage, in chat: AvitoChat, at: Timestamp) {
    guard let url = accounts[chat.account]?.webhookURL else { return }
    outbox.append(
      AvitoNotification(url: url, chat: chat.id, message: message.id, body: JSON.bytes(webhook(message, chat, at: at))))
  }

  private func sight(of message: AvitoMessage, in chat: AvitoChat, at: Timestamp) -> AvitoSeenMessage {
    var text = ""
    var digest: String?
    switch message.content {
    case .text(let words): text = words
    case .image(let id): digest = images[id].map { SHA256Digest.hexadecimal($0.bytes) }
    default: break
    }
    return AvitoSeenMessage(
      account: chat.account, customer: chat.customer, chat: chat.id, message: message.id, type: message.content.type,
      text: text, imageDigest: digest, at: at)
  }
}

/// What can be switched while it runs.
package struct AvitoSettings: Sendable, Hashable {
  /// Observed is the gateway's 403; 401 is what the documents say.
  package var expiredTokenIs401 = false
  package var tokenLifetimeSeconds: Int64 = 86_400
  /// `http://` to a loopback address is taken as a webhook; Avito itself takes only `https://`.
  package var allowsLoopbackWebhooks = true

  package init() {}
}
