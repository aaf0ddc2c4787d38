//! What a test or the demo does to the emulated Avito: makes people and lets them write.
internal import SwitchboardSDK

/// What a customer sends.
package enum AvitoWriting: Sendable, Hashable {
  case content(AvitoContent)
  /// Bytes of a JPEG, HEIC, GIF, BMP or PNG file.
  case image([UInt8])
  /// Bytes of an MP4 file.
  case voice([UInt8])
}

/// Where a customer's message went.
package struct AvitoWritten: Sendable, Hashable {
  package let chat: String
  package let message: String
}

extension AvitoEmulator {
  /// A shop with API access. Throws when the user or the client is known already.
  package func addAccount(
    userID: Int64? = nil, name: String = "Магазин", clientID: String, clientSecret: String
  ) throws(RequestError) -> Int64 {
    let id = userID ?? world.newNumber(from: 369_000_000)
    guard world.accounts[id] == nil, !world.accounts.values.contains(where: { $0.clientID == clientID }) else {
      throw RequestError("this account exists already")
    }
    world.accounts[id] = AvitoAccount(userID: id, name: name, clientID: clientID, clientSecret: clientSecret)
    return id
  }

  /// A listing of an account. Without bytes it shows one pixel.
  package func addItem(
    account: Int64, title: String, priceText: String, url: String? = nil, image: [UInt8]? = nil
  ) throws(RequestError) -> Int64 {
    guard world.accounts[account] != nil else { throw RequestError("no such account") }
    let id = world.newNumber(from: 4_098_000_000)
    let imageID = try store(image: image ?? AvitoSamples.image, owner: account)
    world.items[id] = AvitoItem(
      id: id, owner: account, title: title, priceText: priceText, url: url ?? "https://avito.ru/items/\(id)",
      imageID: imageID)
    return id
  }

  package func addCustomer(name: String) -> Int64 {
    let id = world.newNumber(from: 459_000_000)
    world.customers[id] = name
    return id
  }

  /// A customer writes: about a listing (`u2i`), or without one (`u2u`; `kind` may be `a2u`).
  package func write(
    _ writing: AvitoWriting, from customer: Int64, to account: Int64, item: Int64? = nil, kind: String? = nil
  ) throws(RequestError) -> AvitoWritten {
    let kind = kind ?? (item == nil ? "u2u" : "u2i")
    guard let known = world.accounts[account], world.customers[customer] != nil else {
      throw RequestError("no such account or customer")
    }
    guard item.map({ world.items[$0]?.owner == account }) ?? true, ["u2i", "u2u", "a2u"].contains(kind) else {
      throw RequestError("no such item or kind of chat")
    }
    guard !known.blacklist.contains(customer) else { throw RequestError("the account has blocked this customer") }
    let content: AvitoContent
    switch writing {
    case .content(let given): content = given
    case .image(let bytes): content = .image(id: try store(image: bytes, owner: customer))
    case .voice(let bytes):
      let id = world.newID()
      world.voices[id] = bytes
      content = .voice(id: id)
    }
    let now = clock.now()
    let chat = world.openChat(account: account, customer: customer, item: item, kind: kind, at: now)
    var author = customer
    if case .system = content { author = 0 }
    guard let message = world.post(content, by: author, in: chat, at: now) else { throw RequestError("no such chat") }
    post()
    return AvitoWritten(chat: chat, message: message.id)
  }

  /// The account's owner writes in Avito's own app: no API call, but the webhook echoes it.
  package func writeInApp(_ text: String, chat: String) throws(RequestError) -> String {
    guard let account = world.chats[chat]?.account,
      let message = world.post(.text(text), by: account, in: chat, at: clock.now())
    else { throw RequestError("no such chat") }
    post()
    return message.id
  }

  /// From now on sending into the chat answers 404.
  package func block(chat: String) throws(RequestError) {
    guard world.chats[chat] != nil else { throw RequestError("no such chat") }
    world.chats[chat]?.isBlocked = true
  }

  /// The chat is gone for everybody.
  package func deleteChat(_ chat: String) throws(RequestError) {
    guard world.chats.removeValue(forKey: chat) != nil else { throw RequestError("no such chat") }
  }

  /// Every token given out so far counts as expired.
  package func expireTokens() {
    for token in world.tokens.keys { world.tokens[token]?.expiresAt = Timestamp(milliseconds: 0) }
  }

  package func change(settings: AvitoSettings) { world.settings = settings }

  package var settings: AvitoSettings { world.settings }

  /// What customers saw of the account's messages, in order.
  package func seen(chat: String? = nil) -> [AvitoSeenMessage] {
    world.seen.filter { chat == nil || $0.chat == chat }
  }

  package func readMarks() -> [AvitoReadMark] { world.reads }

  package func webhookDeliveries() -> [AvitoDelivery] { deliveries }

  package func webhookURL(of account: Int64) -> String? { world.accounts[account]?.webhookURL }

  private func store(image bytes: [UInt8], owner: Int64) throws(RequestError) -> String {
    let id = world.newID()
    do { world.images[id] = try AvitoImage(bytes: bytes, owner: owner) } catch {
      throw RequestError("not an image that Avito takes")
    }
    return id
  }
}
