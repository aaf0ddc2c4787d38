//! One request of the outside world to its answer: the only place that reads NIO's request head and writes its
//! response head. No middleware and no router stand before it, because every webhook pays for them.
import Logging
import NIOHTTP1

struct GatewayExchange: Sendable {
  let ports: GatewayPorts
  let limits: GatewayLimits
  let logger: Logger

  /// The head's verdict, before a byte of the body is read.
  func receive(_ head: HTTPRequestHead) -> GatewayRequest {
    let headers = Self.headers(of: head)
    let identity = RequestIdentity(headers: headers)
    return GatewayRequest(
      work: work(head, headers, identity), identity: identity, headers: headers, isHead: head.method == .HEAD,
      keepsConnection: head.isKeepAlive)
  }

  func reply(to request: GatewayRequest) async -> GatewayReply {
    switch request.work {
    case .answered(let reply): return reply
    case .health: return await HealthRoute(ports: ports).answer()
    case .metrics:
      return GatewayReply(
        status: 200, body: Array(await ports.metrics().utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
    case .webhook(let address):
      return await WebhookRoute(ports: ports, logger: logger)
        .answer(address, headers: request.headers, body: request.body, identity: request.identity)
    }
  }

  private func work(
    _ head: HTTPRequestHead, _ headers: [String: String], _ identity: RequestIdentity
  ) -> GatewayRequest.Work {
    guard head.uri.utf8.count <= limits.targetBytesMax else {
      return .answered(Refusal(.targetTooLong, identity).reply(allow: ""))
    }
    let method = head.method.rawValue
    let route = GatewayRoute.parse(head.uri)
    switch route {
    case .webhook(let given):
      let route = WebhookRoute(ports: ports, logger: logger)
      var address = given
      if address.secret == nil, !address.name.isEmpty { address.secret = Self.secret(headers, of: address.family) }
      switch route.admit(address, method: method, headers: headers, identity: identity) {
      case .success(let connection):
        return .webhook(
          WebhookAddress(family: address.family, connection: connection, name: address.name, query: address.query))
      case .failure(let refusal): return .answered(refusal.reply(allow: "POST"))
      }
    case .health, .metrics:
      guard head.method == .GET || head.method == .HEAD else {
        return .answered(Refusal(.wrongMethod(method), identity).reply(allow: "GET, HEAD"))
      }
      return route == .health ? .health : .metrics
    case .unknown:
      return .answered(Refusal(.notFound, identity).reply(allow: ""))
    }
  }

  /// What a caller of a flow shows in a header.
  private static func secret(_ headers: [String: String], of family: WebhookAddress.Family) -> String? {
    if family == .hooks, let secret = headers["x-switchboard-secret"] { return secret }
    guard let text = headers["authorization"], text.lowercased().hasPrefix("bearer ") else { return nil }
    return String(text.dropFirst("bearer ".count))
  }

  /// Lower-case names; the values of a repeated header are joined as RFC 9110 §5.3 says.
  private static func headers(of head: HTTPRequestHead) -> [String: String] {
    var headers = [String: String](minimumCapacity: head.headers.count)
    for (name, value) in head.headers {
      let name = name.lowercased()
      if let earlier = headers[name] { headers[name] = earlier + ", " + value } else { headers[name] = value }
    }
    return headers
  }

  static func head(of reply: GatewayReply, identity: RequestIdentity, keepsConnection: Bool) -> HTTPResponseHead {
    var fields: [(String, String)] = [
      ("Content-Type", reply.contentType), ("Content-Length", String(reply.body.count)),
      ("X-Request-Id", identity.requestID), ("X-Trace-Id", identity.traceID),
      ("X-Correlation-Id", identity.correlationID), ("X-Span-Id", identity.spanID),
    ]
    if let parent = identity.parentSpanID { fields.append(("X-Parent-Span-Id", parent)) }
    if let allow = reply.allow { fields.append(("Allow", allow)) }
    if let seconds = reply.retryAfterSeconds { fields.append(("Retry-After", String(seconds))) }
    if reply.closesConnection || !keepsConnection { fields.append(("Connection", "close")) }
    return HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status), headers: HTTPHeaders(fields))
  }
}
