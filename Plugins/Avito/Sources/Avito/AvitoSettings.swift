//! The settings of one connection, read once out of the checked mapping.

internal import SwitchboardSDK

struct AvitoSettings: Sendable {
  var clientID: String
  var clientSecret: String
  var userID: Int64?
  /// Without a slash at its end.
  var apiBase: String
  var proxy: String?
  var pollMilliseconds: Int64
  var chatTypes: [String]
  /// Where Avito must call us; nil when this connection polls.
  var webhookURL: String?

  init(_ context: ConnectionContext) throws(PluginError) {
    let settings = context.settings
    guard let clientID = settings["client_id"].textValue, !clientID.isEmpty,
      let clientSecret = settings["client_secret"].textValue, !clientSecret.isEmpty
    else { throw PluginError(.settings, "'client_id' and 'client_secret' are needed") }
    self.clientID = clientID
    self.clientSecret = clientSecret
    userID = settings["user_id"].intValue
    var base = settings["api_base"].textValue ?? "https://api.avito.ru"
    while base.hasSuffix("/") { base.removeLast() }
    guard base.hasPrefix("https://") || base.hasPrefix("http://") else {
      throw PluginError(.settings, "'api_base' must start with https:// or http://")
    }
    apiBase = base
    proxy = settings["proxy"].textValue
    pollMilliseconds = min(max(settings["poll_every"].intValue ?? 5_000, 1_000), 600_000)
    chatTypes = settings["chat_types"].listValue?.compactMap(\.textValue) ?? ["u2i", "u2u"]
    guard !chatTypes.isEmpty, chatTypes.allSatisfy({ ["u2i", "u2u"].contains($0) }) else {
      throw PluginError(.settings, "'chat_types' takes u2i and u2u")
    }
    webhookURL = nil
    if settings["receive"].textValue == "webhook" {
      guard let url = context.webhookURL else {
        throw PluginError(.settings, "'receive: webhook' needs 'server.public_url'")
      }
      webhookURL = url
    }
  }
}
