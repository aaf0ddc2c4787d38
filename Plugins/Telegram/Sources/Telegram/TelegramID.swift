//! Ids as the SDK keeps them (text) and as the Bot API takes them (whole numbers, or `@name` for public chats).
internal import SwitchboardSDK

enum TelegramID {
  static func chat(_ id: String) -> Value { Int64(id).map { .int($0) } ?? .text(id) }
}
