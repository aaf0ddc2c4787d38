//! Which webhook addresses exist. A value, so that a reload swaps the whole of it at once.

package struct WebhookDirectory: Sendable {
  package struct Entry: Sendable, Hashable {
    package var family: WebhookAddress.Family
    package var connection: String
    /// Hexadecimal or URL-safe text; nil for `webhook_secret: none`.
    package var secret: String?

    package init(family: WebhookAddress.Family, connection: String, secret: String?) {
      self.family = family
      self.connection = connection
      self.secret = secret
    }
  }

  /// Why a call was let in or turned away. The caller learns no more than 404; the log says which.
  package enum Admission: Sendable, Hashable {
    case admitted(connection: String)
    case unknownConnection
    case wrongSecret
    /// The bare address with none or several open connections behind it.
    case notOpen
  }

  private struct Key: Hashable {
    var family: WebhookAddress.Family
    var connection: String
  }
  private enum Lock {
    case open
    case secret([UInt8])
  }

  private var locks: [Key: Lock] = [:]
  private var openConnections: [WebhookAddress.Family: [String]] = [:]
  /// What an unknown connection's secret is compared with, so that the time tells nothing about names.
  private static let decoy = [UInt8](repeating: 0x2A, count: 43)

  /// An empty secret locks its address for good: a forgotten variable must not open a door. So does a missing
  /// secret in a family that may not be open.
  package init(_ entries: [Entry] = []) {
    for entry in entries {
      let key = Key(family: entry.family, connection: entry.connection)
      guard let secret = entry.secret else {
        guard entry.family.mayBeOpen else { continue }
        locks[key] = .open
        openConnections[entry.family, default: []].append(entry.connection)
        continue
      }
      locks[key] = .secret(Array(secret.utf8))
    }
  }

  package func admit(_ address: WebhookAddress) -> Admission {
    if address.connection.isEmpty, address.secret == nil {
      guard let open = openConnections[address.family], open.count == 1 else { return .notOpen }
      return .admitted(connection: open[0])
    }
    let given = Array((address.secret ?? "").utf8)
    switch locks[Key(family: address.family, connection: address.connection)] {
    case .secret(let expected):
      let isEqual = ConstantTime.areEqual(given, expected)
      return isEqual && !expected.isEmpty ? .admitted(connection: address.connection) : .wrongSecret
    case .open:
      return address.secret == nil ? .admitted(connection: address.connection) : .wrongSecret
    case nil:
      _ = ConstantTime.areEqual(given, Self.decoy)
      return .unknownConnection
    }
  }

  /// The secret of an address that was admitted, to call it again elsewhere.
  package func secret(of address: WebhookAddress) -> String? {
    guard case .secret(let bytes) = locks[Key(family: address.family, connection: address.connection)] else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
