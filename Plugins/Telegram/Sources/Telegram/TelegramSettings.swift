//! The settings of one connection, read once and typed.
internal import SwitchboardSDK

struct TelegramSettings: Sendable {
  enum Receiving: Sendable { case polling, webhook }

  static let apiBaseDefault = "https://api.telegram.org"

  let token: String
  /// The number before the token's colon: Telegram makes tokens as `<bot's user id>:<secret>`.
  let botID: Int64
  let group: Int64?
  /// Without a slash at the end.
  let apiBase: String
  let proxy: String?
  let pollTimeoutSeconds: Int64
  let receiving: Receiving

  init(_ settings: Value) throws(PluginError) {
    let token = settings["token"].textValue ?? ""
    // What the Bot API server itself checks, and what makes the token safe inside a path (channels.md §1.1).
    guard token.utf8.count <= 80, let colon = token.firstIndex(of: ":"), let botID = Int64(token[..<colon]), botID > 0,
      token.utf8.allSatisfy({ Self.isTokenByte($0) })
    else { throw PluginError(.settings, "'token' is no bot token: expected <number>:<letters, digits, - and _>") }
    let apiBase = settings["api_base"].textValue ?? Self.apiBaseDefault
    guard apiBase.hasPrefix("https://") || apiBase.hasPrefix("http://") else {
      throw PluginError(.settings, "'api_base' must start with https:// or http://")
    }
    self.token = token
    self.botID = botID
    self.group = settings["group"].intValue
    self.apiBase = apiBase.hasSuffix("/") ? String(apiBase.dropLast()) : apiBase
    self.proxy = settings["proxy"].textValue.flatMap { $0.isEmpty ? nil : $0 }
    // 50 s is where Telegram itself cuts the time-out off.
    self.pollTimeoutSeconds = min(max((settings["poll_timeout"].intValue ?? 25_000) / 1_000, 1), 50)
    switch settings["receive"] {
    case .null, .text("polling"): receiving = .polling
    case .text("webhook"): receiving = .webhook
    default: throw PluginError(.settings, "'receive' must be polling or webhook")
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
