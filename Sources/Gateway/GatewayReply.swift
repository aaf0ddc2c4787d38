//! One answer before it becomes HTTP, so that the routes can be read and tested without a server.
import SwitchboardSDK

struct GatewayReply: Sendable, Hashable {
  var status: Int
  var contentType: String
  var body: [UInt8]
  /// The methods of the path, with 405.
  var allow: String?
  var retryAfterSeconds: Int?
  /// Whether the connection must end after this answer, because the request was not read to its end.
  var closesConnection = false

  init(status: Int, body: [UInt8] = [], contentType: String = "application/json") {
    self.status = status
    self.body = body
    self.contentType = contentType
  }

  /// An error in the form of RFC 9457, with our stable `code` and the id to find it by in the log.
  static func problem(
    _ status: Int, code: String, title: String, detail: String? = nil, identity: RequestIdentity
  ) -> GatewayReply {
    var members: [String: Value] = [
      "code": .text(code), "title": .text(title), "status": .int(Int64(status)),
      "request_id": .text(identity.requestID),
    ]
    if let detail { members["detail"] = .text(detail) }
    return GatewayReply(status: status, body: JSON.bytes(.map(members)), contentType: "application/problem+json")
  }
}
