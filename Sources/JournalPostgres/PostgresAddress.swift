//! Where the database is. libpq reads the address; what it does not know (`schema`) is taken out before, and the
//! password is kept apart from everything that is shown.
internal import CPQ
internal import Glibc
package import JournalCore

package struct PostgresAddress: Sendable {
  /// As libpq takes it.
  let connectionText: String
  /// The schema that holds our tables.
  package let schema: String
  private let secrets: [String]

  /// `postgres://user:password@host:port/database?sslmode=require&schema=switchboard` (libpq's manual, 34.1.1.2).
  /// Throws `.unavailable` with words that hold no password.
  package init(_ url: String) throws(JournalError) {
    guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
      throw JournalError(.unavailable, "the storage address does not begin with postgres://")
    }
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let options = parts.count < 2 ? [] : parts[1].split(separator: "&")
    let own = options.filter { $0.hasPrefix("schema=") }
    let others = options.filter { !$0.hasPrefix("schema=") }
    schema = own.last.map { String($0.dropFirst(7)) } ?? "switchboard"
    let isPlain = schema.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    guard isPlain, (1...63).contains(schema.utf8.count), schema.utf8.first.map({ $0 > 57 }) == true else {
      throw JournalError(.unavailable, "the schema in the storage address must be of a-z, 0-9 and _")
    }
    connectionText = String(parts[0]) + (others.isEmpty ? "" : "?" + others.joined(separator: "&"))
    guard let parsed = PQconninfoParse(connectionText, nil) else {
      // libpq's own words quote the place and with it, perhaps, the password.
      throw JournalError(
        .unavailable, "the storage address cannot be read: postgres://USER:PASSWORD@HOST:PORT/DATABASE is wanted")
    }
    defer { PQconninfoFree(parsed) }
    var secrets: [String] = []
    var option = parsed
    while let keyword = option.pointee.keyword {
      let name = String(cString: keyword)
      if name == "password" || name == "sslpassword", let value = option.pointee.val {
        secrets.append(String(cString: value))
      }
      option += 1
    }
    self.secrets = secrets.filter { !$0.isEmpty }
  }

  /// Nothing from the server quotes a password; should it ever, it stays here.
  func masked(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for secret in secrets.map({ Array($0.utf8) }) {
      var index = 0
      while index + secret.count <= bytes.count {
        if bytes[index..<index + secret.count].elementsEqual(secret) {
          bytes.replaceSubrange(index..<index + secret.count, with: Array("***".utf8))
        }
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
