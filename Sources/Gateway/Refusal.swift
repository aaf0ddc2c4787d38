//! The errors that the gateway itself answers with, each with its stable code.

struct Refusal: Error, Sendable {
  enum Reason: Sendable, Hashable {
    case notFound
    case wrongMethod(String)
    case unsupportedMedia
    case bodyTooLarge(bytesMax: Int)
    case targetTooLong
    case brokenRequest
  }
  let reason: Reason
  let identity: RequestIdentity

  init(_ reason: Reason, _ identity: RequestIdentity) {
    self.reason = reason
    self.identity = identity
  }

  /// `allow` are the methods of the path, for 405.
  func reply(allow: String) -> GatewayReply {
    switch reason {
    case .notFound:
      return .problem(404, code: "not_found", title: "There is nothing at this address", identity: identity)
    case .wrongMethod:
      var reply = GatewayReply.problem(
        405, code: "method_not_allowed", title: "This address takes \(allow)", identity: identity)
      reply.allow = allow
      return reply
    case .unsupportedMedia:
      return .problem(
        415, code: "unsupported_media_type", title: "Only uncompressed JSON in UTF-8 is taken", identity: identity)
    case .bodyTooLarge(let bytesMax):
      var reply = GatewayReply.problem(
        413, code: "body_too_large", title: "The body is over \(bytesMax) bytes", identity: identity)
      reply.closesConnection = true
      return reply
    case .targetTooLong:
      return .problem(414, code: "target_too_long", title: "The address is too long", identity: identity)
    case .brokenRequest:
      var reply = GatewayReply.problem(
        400, code: "broken_request", title: "The request ended before its body did", identity: identity)
      reply.closesConnection = true
      return reply
    }
  }
}
