//! What a chat is about and who is in it, read from a Chat object and kept while the connection lives.

internal import SwitchboardSDK

struct ChatFacts: Sendable, Hashable {
  /// For `Event.facts`: `name` and `item`.
  var facts: Value
  /// Display names by account id.
  var names: [String: String]
  /// The item's title, as the chat's title.
  var title: String?

  init(_ chat: Value, account: Int64) {
    var names: [String: String] = [:]
    var customer: String?
    for user in chat["users"].listValue ?? [] {
      guard let id = user["id"].intValue, let name = user["name"].textValue else { continue }
      names[String(id)] = name
      if id != account, customer == nil { customer = name }
    }
    var members: [String: Value] = [:]
    if let customer { members["name"] = .text(customer) }
    let item = chat["context"]["value"]
    if chat["context"]["type"].textValue == "item", let id = item["id"].intValue {
      var about: [String: Value] = ["id": .text(String(id))]
      if let title = item["title"].textValue { about["title"] = .text(title) }
      if let url = item["url"].textValue { about["url"] = .text(url) }
      if let price = item["price_string"].textValue {
        about["price_text"] = .text(price)
        if let number = Self.number(in: price) { about["price"] = .int(number) }
      }
      members["item"] = .map(about)
      title = item["title"].textValue
    }
    self.names = names
    facts = .map(members)
  }

  /// The first whole number of a price: `300 000 ₽` (with any kind of space) is 300000.
  static func number(in price: String) -> Int64? {
    let spaces: Set<Unicode.Scalar> = [" ", "\u{A0}", "\u{202F}", "\u{2009}"]
    var number: Int64?
    for scalar in price.unicodeScalars {
      if let digit = scalar.properties.numericType == .decimal ? scalar.properties.numericValue : nil {
        guard let value = Int64(exactly: digit) else { return nil }
        let (tens, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(value)
        if overflow || carry { return nil }
        number = sum
      } else if number != nil, !spaces.contains(scalar) {
        break
      }
    }
    return number
  }
}

/// The chats met so far. Forgets all of them when there are too many: they are asked again when needed.
actor ChatDirectory {
  private var chats: [String: ChatFacts] = [:]

  subscript(chat: String) -> ChatFacts? { chats[chat] }

  func remember(_ facts: ChatFacts, of chat: String) {
    if chats.count >= AvitoLimits.knownChatsMax, chats[chat] == nil { chats = [:] }
    chats[chat] = facts
  }
}
