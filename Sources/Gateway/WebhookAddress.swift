//! Who a webhook call says it is for, as read from its path.

/// The second half of `POST /api/webhooks/{family}/{connection}/{secret}` (contract.md §3).
package struct WebhookAddress: Sendable, Hashable {
  /// Raw values are the path's words.
  package enum Family: String, Sendable, Hashable, CaseIterable {
    /// A bot in an operators' group.
    case telegram
    /// A bot that customers write to in private.
    case sourceTelegram = "source-telegram"
    case avito

    /// Avito signs nothing, and owners of old installations registered addresses without a secret: a connection
    /// may ask for `webhook_secret: none`. No other family may.
    package var mayBeOpen: Bool { self == .avito }
  }
  package var family: Family
  /// Empty in the bare form `POST /api/webhooks/avito`.
  package var connection: String
  /// Nil when the path has none, and once it has been checked.
  package var secret: String?

  package init(family: Family, connection: String, secret: String? = nil) {
    self.family = family
    self.connection = connection
    self.secret = secret
  }
}
