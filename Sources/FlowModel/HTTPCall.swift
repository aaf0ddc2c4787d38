//! The `http` step as a value: one request to a server of somebody else's.

package struct HTTPCall: Sendable, Hashable {
  package enum Body: Sendable, Hashable {
    case text(TextSource)
    case json(JSONTemplate)
  }
  package var method: String
  package var url: TextSource
  package var query: [String: TextSource]
  package var headers: [String: TextSource]
  package var body: Body?
  /// Statuses that count as success.
  package var expected: [ClosedRange<Int>]
  /// What follows an outcome that nobody knows: the server may have done it, and cannot be asked.
  package var unknownPolicy: ConnectionFacts.UnknownPolicy

  package init(
    method: String, url: TextSource, query: [String: TextSource] = [:], headers: [String: TextSource] = [:],
    body: Body? = nil, expected: [ClosedRange<Int>] = [200...299], unknownPolicy: ConnectionFacts.UnknownPolicy
  ) {
    self.method = method
    self.url = url
    self.query = query
    self.headers = headers
    self.body = body
    self.expected = expected
    self.unknownPolicy = unknownPolicy
  }

  package static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

  /// To do it twice comes to the same as once (RFC 9110, 9.2.2).
  package static func isIdempotent(_ method: String) -> Bool { method != "POST" && method != "PATCH" }

  /// The connection that stands for all requests of a project: in the ledger, and for their limits.
  package static func connection(of project: String) -> String { prefix + project }
  package static let prefix = "@http/"
  package static let action = "request"
}

/// A JSON document with expressions at its ends.
package indirect enum JSONTemplate: Sendable, Hashable {
  case value(Expression)
  case list([JSONTemplate])
  case map([String: JSONTemplate])
}
