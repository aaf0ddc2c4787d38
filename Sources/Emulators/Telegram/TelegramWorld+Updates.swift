//! The queue of updates: confirming, handing out, forgetting, and the webhook's settings.

internal import SwitchboardSDK

extension TelegramWorld {
  /// Drops what is older than 24 hours.
  func expire(_ bot: Int64, now: Timestamp) {
    guard let first = bots[bot]?.updates.first, first.expires <= now else { return }
    bots[bot]?.updates.removeAll { $0.expires <= now }
  }

  func setAllowedUpdates(_ list: Value, _ bot: Int64) {
    guard let names = list.listValue?.compactMap(\.textValue) else { return }
    let known = Set(names).intersection(TelegramBot.knownUpdates)
    bots[bot]?.allowedUpdates = known.isEmpty ? nil : known
  }

  /// Confirms everything below the offset; a negative one keeps so many from the end.
  func confirm(_ offset: Int64, _ bot: Int64) {
    guard let updates = bots[bot]?.updates, offset != 0 else { return }
    let below =
      offset < 0
      ? max(0, updates.count - Int(clamping: -offset))
      : updates.firstIndex { $0.id >= offset } ?? updates.count
    guard below > 0 else { return }
    bots[bot]?.confirmed = Array(updates[..<below].suffix(100))
    bots[bot]?.updates = Array(updates[below...])
  }

  func pending(_ bot: Int64, limit: Int64) -> Value {
    .list((bots[bot]?.updates ?? []).prefix(Int(clamping: limit)).map(\.value))
  }

  /// Puts the last confirmed batch back in front: the fault `duplicateDelivery`.
  func redeliver(_ bot: Int64) {
    guard let confirmed = bots[bot]?.confirmed else { return }
    bots[bot]?.updates.insert(contentsOf: confirmed, at: 0)
    bots[bot]?.confirmed = []
  }

  private static let webhookPorts: Set<Int> = [80, 88, 443, 8_443]

  /// The description to answer with.
  func setWebhook(
    _ arguments: MethodArguments, _ bot: Int64, allowsHTTP: Bool, now: Timestamp
  ) throws(BotAPIError) -> String {
    let url = arguments.text("url")
    if url.isEmpty { return deleteWebhook(drops: arguments.flag("drop_pending_updates"), bot) }
    try Self.check(webhook: url, allowsHTTP: allowsHTTP)
    let secret = arguments["secret_token"].textValue
    if let secret {
      guard secret.utf8.count <= 256 else { throw .badRequest("secret token is too long") }
      let isAllowed = secret.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
      }
      guard isAllowed else { throw .badRequest("secret token contains unallowed characters") }
    }
    if let last = bots[bot]?.webhookSetAt, (0..<1_000).contains(now.millisecondsSince(last)) {
      throw .tooManyRequests(retryAfterSeconds: 1)
    }
    bots[bot]?.webhookSetAt = now
    setAllowedUpdates(arguments["allowed_updates"], bot)
    if arguments.flag("drop_pending_updates") { bots[bot]?.updates = [] }
    let isSame = bots[bot]?.webhook?.url == url && bots[bot]?.webhook?.secretToken == secret
    bots[bot]?.webhook = WebhookSettings(
      url: url, secretToken: secret, connectionsMax: Int(clamping: arguments.integer("max_connections") ?? 40),
      ipAddress: arguments["ip_address"].textValue)
    return isSame ? "Webhook is already set" : "Webhook was set"
  }

  private static func check(webhook url: String, allowsHTTP: Bool) throws(BotAPIError) {
    let isSecure = url.lowercased().hasPrefix("https://")
    guard isSecure || url.lowercased().hasPrefix("http://") else { throw .badRequest("invalid webhook URL specified") }
    var authority = url.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    let colon = authority.lastIndex(of: ":")
    let host = authority[..<(colon ?? authority.endIndex)]
    guard !host.isEmpty, !url.contains(" ") else { throw .badRequest("invalid webhook URL specified") }
    if allowsHTTP { return }
    guard isSecure else { throw .badRequest("bad webhook: An HTTPS URL must be provided for webhook") }
    let port = colon.map { Int(authority[authority.index(after: $0)...]) ?? 0 } ?? 443
    guard webhookPorts.contains(port) else {
      throw .badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    }
  }

  func deleteWebhook(drops: Bool, _ bot: Int64) -> String {
    if drops { bots[bot]?.updates = [] }
    guard bots[bot]?.webhook != nil else { return "Webhook is already deleted" }
    bots[bot]?.webhook = nil
    return "Webhook was deleted"
  }

  func webhookInfo(_ bot: Int64) -> Value {
    let count = Value.int(Int64(bots[bot]?.updates.count ?? 0))
    var map: [String: Value] = ["url": "", "has_custom_certificate": false, "pending_update_count": count]
    if let webhook = bots[bot]?.webhook {
      map["url"] = .text(webhook.url)
      map["max_connections"] = .int(Int64(webhook.connectionsMax))
      if let address = webhook.ipAddress { map["ip_address"] = .text(address) }
      if let moment = webhook.lastErrorAt {
        map["last_error_date"] = .int(moment.secondsSince1970)
        map["last_error_message"] = .text(webhook.lastErrorText)
      }
    }
    if let allowed = bots[bot]?.allowedUpdates { map["allowed_updates"] = .list(allowed.sorted().map { .text($0) }) }
    return .map(map)
  }
}
