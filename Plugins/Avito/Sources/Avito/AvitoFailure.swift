//! Why a call to Avito did not give what was asked, and what that means for a send and for a read.

internal import SwitchboardSDK

struct AvitoFailure: Error, Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// The request did not reach Avito, or could not be authorised: nothing has been performed.
    case notSent
    /// It may have reached Avito, and no usable answer came back.
    case noAnswer
    case unauthorized
    case rateLimited(retryAfterMilliseconds: Int64)
    case notFound
    /// Any other status.
    case status(Int)
    case cancelled
  }

  var kind: Kind
  /// Names the call, the status and Avito's own words; never an address, a token or a body of ours.
  var detail: String

  init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }

  init(_ error: HTTPError, calling name: String) {
    if error.code == .cancelled, !error.mayHaveBeenSent {
      self.init(.cancelled, "\(name): cancelled")
    } else {
      self.init(error.mayHaveBeenSent ? .noAnswer : .notSent, "\(name): \(error.code.rawValue)")
    }
  }

  /// For calls that Avito performs once per request: what is not sure must not be repeated.
  var forSend: ActionError {
    switch kind {
    case .notSent, .cancelled: ActionError(.transient, detail)
    case .noAnswer: ActionError(.unknown, detail)
    case .status(let status) where status >= 500: ActionError(.unknown, detail)
    // The chat is deleted or the customer has blocked us.
    case .notFound: ActionError(.recipientGone, detail)
    case .unauthorized, .rateLimited, .status: forRead
    }
  }

  /// For calls that may be repeated without harm.
  var forRead: ActionError {
    switch kind {
    case .notSent, .noAnswer, .cancelled: ActionError(.transient, detail)
    case .unauthorized: ActionError(.unauthorized, detail)
    case .rateLimited(let milliseconds): Self.limited(detail, milliseconds)
    case .notFound: ActionError(.invalid, detail)
    case .status(let status) where (400..<500).contains(status) && status != 408: ActionError(.invalid, detail)
    case .status: ActionError(.transient, detail)
    }
  }

  /// Avito counts requests by account, whatever chat they are about.
  private static func limited(_ detail: String, _ milliseconds: Int64) -> ActionError {
    var error = ActionError(.rateLimited, detail, retryAfterMilliseconds: milliseconds)
    error.isForWholeConnection = true
    return error
  }

  /// The text of Avito's error body. Three shapes are in use: `{"error":{"message"}}` (components of the API),
  /// `{"message"}` (items) and `{"result":{"message"}}` (gateway); `/token` adds `{"error","error_description"}`.
  static func message(in body: [UInt8]) -> String? {
    guard let value = try? JSON.parse(body) else { return nil }
    let candidates = [
      value["error"]["message"], value["result"]["message"], value["message"], value["error_description"],
      value["error"],
    ]
    return candidates.lazy.compactMap(\.textValue).first.map { String($0.unicodeScalars.prefix(200)) }
  }
}
