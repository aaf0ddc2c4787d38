//! The operations of the API that only look, and the token.
internal import SwitchboardSDK

extension AvitoWorld {
  /// Performs one operation. `user` of the path has been checked against the token by `authorize`.
  mutating func perform(
    _ operation: AvitoOperation, _ request: EmulatorRequest, at: Timestamp
  ) throws(AvitoError) -> Value {
    let input = AvitoInput(request)
    if operation == .token { return try token(input, at: at) }
    let account = try authorize(operation, request, at: at)
    switch operation {
    case .token: return .null
    case .accountSelf:
      _ = try input.query()
      return selfInfo(account)
    case .chats: return try listChats(account, input)
    case .chat(_, let id):
      _ = try input.query()
      return rendered(try chat(id, of: account))
    case .messages(_, let id): return try listMessages(try chat(id, of: account), input)
    case .voiceFiles: return try voiceFiles(account, input, at: at)
    case .subscriptions:
      _ = try input.query()
      try input.noBody()
      let urls = [account.webhookURL].compactMap { $0 }
      return ["subscriptions": .list(urls.map { ["url": .text($0), "version": "3"] })]
    case .sendText, .sendImage, .deleteMessage, .read, .uploadImages, .blacklist, .subscribe, .unsubscribe:
      _ = try input.query()
      return try change(operation, account, input, at: at)
    }
  }

  func chat(_ id: String, of account: AvitoAccount) throws(AvitoError) -> AvitoChat {
    guard let chat = chats[id], chat.account == account.userID else { throw .notFound }
    return chat
  }

  private mutating func token(_ input: AvitoInput, at: Timestamp) throws(AvitoError) -> Value {
    _ = try input.query()
    let form = try input.form(["grant_type", "client_id", "client_secret"])
    guard form["grant_type"] == "client_credentials" else {
      throw .token("unsupported_grant_type", "grant_type must be client_credentials")
    }
    let account = accounts.values.first {
      $0.clientID == form["client_id"] && $0.clientSecret == form["client_secret"]
    }
    guard let account else { throw .token("invalid_client", "client_id or client_secret is wrong") }
    let token = newID()
    let lifetime = settings.tokenLifetimeSeconds
    tokens[token] = Token(account: account.userID, expiresAt: at.adding(milliseconds: lifetime * 1_000))
    return ["access_token": .text(token), "expires_in": .int(lifetime), "token_type": "Bearer"]
  }

  private func authorize(
    _ operation: AvitoOperation, _ request: EmulatorRequest, at: Timestamp
  ) throws(AvitoError) -> AvitoAccount {
    let header = request.headers["authorization"] ?? ""
    guard header.hasPrefix("Bearer "), let token = tokens[String(header.dropFirst(7))],
      let account = accounts[token.account]
    else { throw .unauthorized }
    guard at < token.expiresAt else { throw settings.expiredTokenIs401 ? .expired : .expiredAtGateway }
    guard let user = operation.user else { return account }
    guard let number = Int64(user) else { throw .invalid("user_id", "must be a whole number") }
    guard number == account.userID else { throw .forbidden }
    return account
  }

  private func selfInfo(_ account: AvitoAccount) -> Value {
    [
      "id": .int(account.userID), "name": .text(account.name), "email": "shop@example.com", "phone": "71112223344",
      "phones": ["71112223344"], "profile_url": .text("https://avito.ru/user/\(account.userID)/profile"),
    ]
  }

  private func listChats(_ account: AvitoAccount, _ input: AvitoInput) throws(AvitoError) -> Value {
    let query = try input.query(["unread_only", "item_ids", "chat_types", "limit", "offset"])
    let onlyUnread = try AvitoInput.flag("unread_only", in: query)
    let limit = try AvitoInput.number("limit", in: query, standard: 100, range: 1...100)
    let offset = try AvitoInput.number("offset", in: query, standard: 0, range: 0...1_000)
    let kinds = Set((query["chat_types"] ?? "u2i").split(separator: ",", omittingEmptySubsequences: false))
    guard kinds.isSubset(of: ["u2i", "u2u", "a2u"]) else { throw .invalid("chat_types", "must be u2i, u2u or a2u") }
    var wanted: Set<Int64>?
    if let ids = query["item_ids"] {
      let parts = ids.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Int64($0) }
      guard numbers.count == parts.count else { throw .invalid("item_ids", "must be whole numbers") }
      wanted = Set(numbers)
    }
    let found = chats.values.filter { chat in
      chat.account == account.userID && !chat.messages.isEmpty && kinds.contains(Substring(chat.kind))
        && (!onlyUnread || chat.isUnread)
        && (wanted.map { wanted in chat.item.map(wanted.contains) ?? false } ?? true)
    }
    let sorted = found.sorted { ($0.updatedAt, $0.id) > ($1.updatedAt, $1.id) }
    return ["chats": .list(sorted.dropFirst(offset).prefix(limit).map { rendered($0) })]
  }

  private func listMessages(_ chat: AvitoChat, _ input: AvitoInput) throws(AvitoError) -> Value {
    let query = try input.query(["limit", "offset"])
    let limit = try AvitoInput.number("limit", in: query, standard: 100, range: 1...100)
    let offset = try AvitoInput.number("offset", in: query, standard: 0, range: 0...1_000)
    let page = chat.messages.reversed().dropFirst(offset).prefix(limit)
    return ["messages": .list(page.map { rendered($0, chat) })]
  }

  private func voiceFiles(_ account: AvitoAccount, _ input: AvitoInput, at: Timestamp) throws(AvitoError) -> Value {
    let query = try input.query(["voice_ids"])
    guard let ids = query["voice_ids"], !ids.isEmpty else { throw .invalid("voice_ids", "is required") }
    var urls: [String: Value] = [:]
    for id in ids.split(separator: ",").map(String.init) where isHeard(id, by: account) {
      // The link lives one hour.
      urls[id] = .text("\(base)/voice/\(id).mp4?expires=\(at.secondsSince1970 + 3_600)")
    }
    return ["voices_urls": .map(urls)]
  }

  private func isHeard(_ voice: String, by account: AvitoAccount) -> Bool {
    chats.values.contains { chat in
      chat.account == account.userID && chat.messages.contains { $0.content == .voice(id: voice) }
    }
  }
}
