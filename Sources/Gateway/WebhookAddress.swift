//! Who a webhook call says it is for, as read from its path.

/// The second half of `POST /api/webhooks/{family}/{connection}/{secret}` (contract.md §3).
package struct WebhookAddress: Sendable, Hashable {
  /// The path's word: the plugin's name, so that any plugin can be called; Telegram has a second one.
  package struct Family: RawRepresentable, Sendable, Hashable {
    package let rawValue: String

    /// Nil for what cannot be a plugin's name: lower-case letters, digits, `-`, at most 64.
    package init?(rawValue: String) {
      let isName = rawValue.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      }
      guard isName, (1...64).contains(rawValue.utf8.count) else { return nil }
      self.rawValue = rawValue
    }

    private init(known: String) { rawValue = known }

    /// A bot in an operators' group.
    package static let telegram = Family(known: "telegram")
    /// A bot that customers write to in private.
    package static let sourceTelegram = Family(known: "source-telegram")
    package static let avito = Family(known: "avito")

    /// `POST /hooks/{project}/{name}/{secret}`: a flow's `webhook:`. Its word is no plugin's name.
    package static let hooks = Family(known: "@hooks")
    /// `POST /api/flows/{project}/{name}`: a flow's `api:`.
    package static let flows = Family(known: "@flows")

    /// Avito signs nothing, and owners of old installations registered addresses without a secret: a connection
    /// may ask for `webhook_secret: none`. No other family may.
    package var mayBeOpen: Bool { self == .avito }
  }
  package var family: Family
  /// Empty in the bare form `POST /api/webhooks/avito`.
  package var connection: String
  /// Nil when the path has none, and once it has been checked.
  package var secret: String?
  /// Of a flow's own address, whose `connection` is the project: what is called, and the query behind `?`.
  package var name = ""
  package var query = ""

  package init(family: Family, connection: String, secret: String? = nil, name: String = "", query: String = "") {
    self.family = family
    self.connection = connection
    self.secret = secret
    self.name = name
    self.query = query
  }
}
