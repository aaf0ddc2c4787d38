//! The webhook door: decides who may come in and in which form; what a body means is the connector's business.
//! Next: the connector's `receive`, then `FlowEngine/Intake/Intake.swift`.
import Logging
import SwitchboardSDK

struct WebhookRoute: Sendable {
  let ports: GatewayPorts
  let logger: Logger

  /// The head's verdict, before a byte of the body is read. Nil lets the request in under `connection`.
  func admit(
    _ address: WebhookAddress, method: String, headers: [String: String], identity: RequestIdentity
  ) -> Result<String, Refusal> {
    guard method == "POST" else { return .failure(Refusal(.wrongMethod(method), identity)) }
    switch ports.directory().admit(address) {
    case .admitted(let connection):
      guard Self.isTaken(headers, family: address.family) else {
        return .failure(Refusal(.unsupportedMedia, identity))
      }
      return .success(connection)
    case let refused:
      logger.warning("webhook refused: \(refused)", metadata: metadata(address, identity))
      return .failure(Refusal(.notFound, identity))
    }
  }

  func answer(
    _ address: WebhookAddress, headers: [String: String], body: [UInt8], identity: RequestIdentity
  ) async -> GatewayReply {
    let answer = await ports.webhook(address, WebhookRequest(headers: headers, body: body))
    guard (200...299).contains(answer.status) else {
      var details = metadata(address, identity)
      details["status"] = .stringConvertible(answer.status)
      logger.warning("webhook not accepted: \(answer.detail)", metadata: details)
      return Self.failure(answer, identity: identity)
    }
    return GatewayReply(status: answer.status, body: answer.body.isEmpty ? Self.emptyObject : answer.body)
  }

  /// Senders of webhooks expect JSON even where they ignore it.
  private static let emptyObject = Array("{}".utf8)

  private static func failure(_ answer: WebhookAnswer, identity: RequestIdentity) -> GatewayReply {
    // A connector's slip (status 0, 99999) must not become an answer that no client can read.
    let status = (400...599).contains(answer.status) ? answer.status : 500
    var reply =
      switch status {
      case 400:
        GatewayReply.problem(
          400, code: "bad_webhook", title: "The body is not what this webhook takes", identity: identity)
      case 503:
        GatewayReply.problem(
          503, code: "unavailable", title: "Not stored, please repeat the call later", identity: identity)
      default:
        GatewayReply.problem(
          status, code: "webhook_refused", title: "The connection did not take the webhook", identity: identity)
      }
    if !answer.body.isEmpty {
      reply.body = answer.body
      reply.contentType = "application/json"
    }
    // Telegram repeats after the seconds given here instead of its own growing waits.
    if status == 503 || status == 429 { reply.retryAfterSeconds = 2 }
    return reply
  }

  /// JSON in UTF-8 and uncompressed. Avito checks an address with `curl -d '{}'`, which sends a form's type.
  private static func isTaken(_ headers: [String: String], family: WebhookAddress.Family) -> Bool {
    if let encoding = headers["content-encoding"], encoding.lowercased() != "identity" { return false }
    guard let type = headers["content-type"] else { return family == .avito }
    if type == "application/json" { return true }
    let parts = type.lowercased().split(separator: ";").map { part in
      part.filter { $0 != " " && $0 != "\"" && $0 != "\t" }
    }
    guard let media = parts.first else { return false }
    for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
      guard parameter == "charset=utf-8" || parameter == "charset=utf8" else { return false }
    }
    if media == "application/json" || (media.hasPrefix("application/") && media.hasSuffix("+json")) { return true }
    return family == .avito && media == "application/x-www-form-urlencoded"
  }

  private func metadata(_ address: WebhookAddress, _ identity: RequestIdentity) -> Logger.Metadata {
    [
      "family": .string(address.family.rawValue), "connection": .string(String(address.connection.prefix(64))),
      "request_id": .string(identity.requestID), "trace_id": .string(identity.traceID),
      "correlation_id": .string(identity.correlationID), "span_id": .string(identity.spanID),
    ]
  }
}
