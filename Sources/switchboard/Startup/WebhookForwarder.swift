//! A webhook that reaches a node which does not receive for its connection goes on to the one that does: sources
//! know one address, and may be led to any node by a load balancer.
import FlowEngine
import Gateway
import HTTPTransport
import PluginHost
import SwitchboardSDK

struct WebhookForwarder: Sendable {
  let host: ConnectionHost
  /// Nil on a single node.
  let membership: Membership?
  let transport: CurlTransport
  let directory: WebhookDirectory
  let clock: any ClockPort
  /// Set on what was forwarded once: it is not forwarded again.
  private static let marker = "x-switchboard-forwarded"
  /// The source waits for the answer meanwhile; sources give up after some five to ten seconds.
  private static let timeoutMilliseconds: Int64 = 4_000
  private static let looks = 20
  private static let pauseMilliseconds: Int64 = 150
  private static let answerBytesMax: Int64 = 64 << 10
  /// Headers of one connection, and those that the client makes itself (RFC 9110, 7.6.1).
  private static let ownHeaders: Set<String> = [
    "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect",
    "content-length", "accept-encoding",
  ]

  func answer(_ address: WebhookAddress, _ request: WebhookRequest) async -> WebhookAnswer {
    // A connection that changes hands at this very moment has a holder again within a beat or two.
    for _ in 0..<Self.looks {
      if let answer = await host.receiveIfHeld(request, on: address.connection) { return answer }
      let isForwarded = request.headers[Self.marker] != nil
      if !isForwarded, let holder = membership?.address(ofHolderOf: address.connection) {
        return await forward(address, request, to: holder)
      }
      guard !Task.isCancelled else { break }
      await clock.sleep(milliseconds: Self.pauseMilliseconds)
    }
    return WebhookAnswer(status: 503, detail: "no node receives for the connection at this moment")
  }

  private func forward(
    _ address: WebhookAddress, _ request: WebhookRequest, to holder: String
  ) async -> WebhookAnswer {
    var url = [holder, "api/webhooks", address.family.rawValue, address.connection].joined(separator: "/")
    if let secret = directory.secret(of: address) { url += "/" + secret }
    var headers = request.headers.filter { !Self.ownHeaders.contains($0.key) }.sorted { $0.key < $1.key }
      .map { HTTPHeader($0.key, $0.value) }
    headers.append(HTTPHeader(Self.marker, membership?.status.node ?? ""))
    let onward = HTTPRequest(
      method: "POST", url: url, headers: headers, body: request.body, timeoutMilliseconds: Self.timeoutMilliseconds,
      connectTimeoutMilliseconds: 1_000, responseBytesMax: Self.answerBytesMax)
    do throws(HTTPError) {
      let answer = try await transport.send(onward)
      return WebhookAnswer(
        status: answer.status, body: answer.body, detail: "answered by the node that receives, with \(answer.status)")
    } catch {
      // Stored there or not: the source repeats it, and what is known is dropped.
      return WebhookAnswer(status: 503, detail: "the node that receives cannot be reached: \(error.code.rawValue)")
    }
  }
}
