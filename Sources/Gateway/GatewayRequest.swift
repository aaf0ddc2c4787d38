//! A request as far as its head tells, and what is to become of it.

struct GatewayRequest: Sendable {
  enum Work: Sendable {
    /// Answered from the head alone.
    case answered(GatewayReply)
    case health
    case metrics
    /// Let in; `address` holds no secret any more.
    case webhook(WebhookAddress)
  }
  var work: Work
  var identity: RequestIdentity
  /// Lower-case names.
  var headers: [String: String]
  /// Empty until the request has been read to its end.
  var body: [UInt8] = []
  /// The answer has no body.
  var isHead: Bool
  /// The connection may stay open after the answer.
  var keepsConnection: Bool

  /// Whose webhook it is; nil for all else.
  var connection: String? { if case .webhook(let address) = work { address.connection } else { nil } }
}
