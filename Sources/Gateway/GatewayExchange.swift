//! One request of the outside world to its answer: the only place that reads Hummingbird's request and writes its
//! response. No middleware and no router stand before it, because every webhook pays for them.
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

struct GatewayExchange: Sendable {
  let ports: GatewayPorts
  let limits: GatewayLimits
  let logger: Logger

  /// Throws to end the connection.
  func respond(to request: Request, with writer: consuming ResponseWriter) async throws {
    let headers = Self.headers(of: request)
    let identity = RequestIdentity(headers: headers)
    let reply = await reply(to: request, headers: headers, identity: identity)
    let head = Self.head(of: reply, identity: identity)
    if request.method == .head {
      try await writer.writeResponse(head)
    } else {
      try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
    if reply.closesConnection { throw ConnectionEnd() }
  }

  private struct ConnectionEnd: Error {}

  private func reply(to request: Request, headers: [String: String], identity: RequestIdentity) async -> GatewayReply {
    let target = request.head.path ?? ""
    guard target.utf8.count <= limits.targetBytesMax else {
      return Refusal(.targetTooLong, identity).reply(allow: "")
    }
    switch GatewayRoute.parse(target) {
    case .webhook(let address):
      return await webhook(address, request, headers: headers, identity: identity)
    case .health:
      guard request.method == .get || request.method == .head else {
        return Refusal(.wrongMethod(request.method.rawValue), identity).reply(allow: "GET, HEAD")
      }
      return await HealthRoute(ports: ports).answer()
    case .unknown:
      return Refusal(.notFound, identity).reply(allow: "")
    }
  }

  private func webhook(
    _ address: WebhookAddress, _ request: Request, headers: [String: String], identity: RequestIdentity
  ) async -> GatewayReply {
    let route = WebhookRoute(ports: ports, logger: logger)
    switch route.admit(address, method: request.method.rawValue, headers: headers, identity: identity) {
    case .failure(let refusal):
      return refusal.reply(allow: "POST")
    case .success(let connection):
      do {
        guard let body = try await body(of: request, announcedBytes: headers["content-length"].flatMap { Int($0) })
        else { return Refusal(.bodyTooLarge(bytesMax: limits.bodyBytesMax), identity).reply(allow: "") }
        let checked = WebhookAddress(family: address.family, connection: connection)
        return await route.answer(checked, headers: headers, body: body, identity: identity)
      } catch {
        return Refusal(.brokenRequest, identity).reply(allow: "")
      }
    }
  }

  /// The whole body, or nil when it is over the limit. Too large a body is still read on for a while, without
  /// being kept: closing with unread bytes would reset the connection, and the client might never see its 413.
  /// The end is near in any case: the read deadline of `ConnectionGuard` runs.
  private func body(of request: Request, announcedBytes: Int?) async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    var readBytes = 0
    var isTooLarge = (announcedBytes ?? 0) > limits.bodyBytesMax
    for try await chunk in request.body {
      readBytes += chunk.readableBytes
      isTooLarge = isTooLarge || readBytes > limits.bodyBytesMax
      if !isTooLarge {
        bytes.append(contentsOf: chunk.readableBytesView)
      } else if readBytes > limits.bodyBytesMax + limits.drainBytesMax {
        break
      }
    }
    return isTooLarge ? nil : bytes
  }

  /// Lower-case names; the values of a repeated header are joined as RFC 9110 §5.3 says.
  private static func headers(of request: Request) -> [String: String] {
    var headers: [String: String] = [:]
    headers.reserveCapacity(request.head.headerFields.count + 1)
    for field in request.head.headerFields {
      let name = field.name.canonicalName
      if let earlier = headers[name] {
        headers[name] = earlier + ", " + field.value
      } else {
        headers[name] = field.value
      }
    }
    if let authority = request.head.authority { headers["host"] = authority }
    return headers
  }

  private static func head(of reply: GatewayReply, identity: RequestIdentity) -> HTTPResponse {
    var fields = HTTPFields()
    fields.reserveCapacity(9)
    func append(_ name: HTTPField.Name?, _ value: String) {
      if let name { fields.append(HTTPField(name: name, value: value)) }
    }
    append(.contentType, reply.contentType)
    append(.contentLength, String(reply.body.count))
    append(HeaderNames.requestID, identity.requestID)
    append(HeaderNames.traceID, identity.traceID)
    append(HeaderNames.correlationID, identity.correlationID)
    append(HeaderNames.spanID, identity.spanID)
    if let parent = identity.parentSpanID { append(HeaderNames.parentSpanID, parent) }
    if let allow = reply.allow { append(.allow, allow) }
    if let seconds = reply.retryAfterSeconds { append(.retryAfter, String(seconds)) }
    if reply.closesConnection { append(.connection, "close") }
    return HTTPResponse(status: HTTPResponse.Status(code: reply.status), headerFields: fields)
  }
}

/// Made once: a name is checked and lower-cased when it is made.
private enum HeaderNames {
  static let requestID = HTTPField.Name("X-Request-Id")
  static let traceID = HTTPField.Name("X-Trace-Id")
  static let correlationID = HTTPField.Name("X-Correlation-Id")
  static let spanID = HTTPField.Name("X-Span-Id")
  static let parentSpanID = HTTPField.Name("X-Parent-Span-Id")
}
