//! The troubles that an emulator can make on command, so that tests meet each of them when they want it.

package import SwitchboardSDK

/// One trouble, waiting for requests to hit.
package struct Fault: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// 429; the request is not performed.
    case tooManyRequests(retryAfterSeconds: Int64)
    /// A page of the front proxy (500, 502, 504); the request is not performed.
    case serverError(status: Int)
    /// Any answer one likes; the request is not performed.
    case answer(status: Int, body: String)
    /// The request is accepted, not performed, and never answered.
    case neverAnswer
    /// Performed, and never answered.
    case performThenNeverAnswer
    /// Performed; half of the answer's body arrives.
    case performThenCutAnswer
    /// Performed; the connection closes without a byte. The dangerous one.
    case performThenCloseConnection
    /// Not performed; the connection closes without a byte.
    case closeConnection
    /// Updates that were already confirmed (or accepted by a webhook) come once more.
    case duplicateDelivery
    /// A trouble that only one emulator knows, by name: Telegram's `deleteTopic`.
    case special(String)
  }

  package var kind: Kind
  /// The API method or operation it hits, letter case aside; `*` hits every one.
  package var operation: String
  /// How many requests it hits.
  package var times: Int
  /// How many matching requests pass unharmed before it starts.
  package var skip: Int
  /// Hits only requests whose parameters (as text) contain this.
  package var containing: String?

  package init(_ kind: Kind, operation: String, times: Int = 1, skip: Int = 0, containing: String? = nil) {
    self.kind = kind
    self.operation = operation
    self.times = times
    self.skip = skip
    self.containing = containing
  }
}

extension Fault {
  /// From the control API: `{"kind":"tooManyRequests","operation":"sendMessage","times":1,"retry_after":3}`.
  /// Other members: `status`, `body`, `skip`, `containing`.
  package init(_ value: Value) throws(RequestError) {
    let kind: Kind
    let status = value["status"].intValue.flatMap { (100...599).contains($0) ? Int($0) : nil }
    switch value["kind"].textValue {
    case "tooManyRequests": kind = .tooManyRequests(retryAfterSeconds: max(0, value["retry_after"].intValue ?? 1))
    case "serverError": kind = .serverError(status: status ?? 502)
    case "answer": kind = .answer(status: status ?? 500, body: value["body"].textValue ?? "")
    case "neverAnswer": kind = .neverAnswer
    case "performThenNeverAnswer": kind = .performThenNeverAnswer
    case "performThenCutAnswer": kind = .performThenCutAnswer
    case "performThenCloseConnection": kind = .performThenCloseConnection
    case "closeConnection": kind = .closeConnection
    case "duplicateDelivery": kind = .duplicateDelivery
    case "special": kind = .special(value["name"].textValue ?? "")
    default: throw RequestError("unknown kind of fault")
    }
    guard let operation = value["operation"].textValue else { throw RequestError("operation is missing") }
    self.init(
      kind, operation: operation, times: Int(clamping: max(1, value["times"].intValue ?? 1)),
      skip: Int(clamping: max(0, value["skip"].intValue ?? 0)), containing: value["containing"].textValue)
  }
}
