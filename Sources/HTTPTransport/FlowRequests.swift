//! Makes the requests of `http` steps: checks where they lead at every hop, and tells answers apart for the engine.
package import SwitchboardSDK

package struct FlowRequests: Sendable {
  /// What one project may do.
  package struct Policy: Sendable, Hashable {
    /// `host` or `host:port` that may lie in a private network.
    package var allowed: Set<String>
    package init(allowed: Set<String> = []) { self.allowed = allowed }
  }
  private let http: any HTTPPort
  private let policy: Policy

  private static let timeoutMilliseconds: Int64 = 30_000
  private static let answerBytesMax: Int64 = 256 * 1024
  private static let redirectsMax = 5
  /// A server that asks for more patience is asked again after this.
  private static let retryAfterMillisecondsMax: Int64 = 3_600_000
  private static let headersMax = 64
  private static let headerBytesMax = 1_024

  package init(http: any HTTPPort, policy: Policy) {
    self.http = http
    self.policy = policy
  }

  package func perform(_ action: Action) async throws(ActionError) -> ActionResult {
    let asked = action.arguments
    guard let method = asked["method"].textValue, var url = asked["url"].textValue else {
      throw ActionError(.invalid, "the request has no method or address")
    }
    var headers = (asked["headers"].mapValue ?? [:]).sorted { $0.key < $1.key }
      .map { HTTPHeader($0.key, $0.value.textValue ?? "") }
    let body = Self.body(asked, &headers)
    Self.add(HTTPHeader("Idempotency-Key", action.idempotencyKey), to: &headers)
    for _ in 0...Self.redirectsMax {
      let answer = try await send(method, url, headers, body)
      guard method == "GET" || method == "HEAD", let target = Self.redirect(of: answer, from: url) else {
        return try Self.result(of: answer, expecting: asked["expect"])
      }
      // Who is asked next need not be told what the first one was told.
      if Self.authority(of: target) == nil || Self.authority(of: target) != Self.authority(of: url) {
        headers.removeAll { ["authorization", "cookie", "proxy-authorization"].contains($0.name.lowercased()) }
      }
      url = target
    }
    throw ActionError(.invalid, "over \(Self.redirectsMax) redirects")
  }

  private func send(
    _ method: String, _ url: String, _ headers: [HTTPHeader], _ body: [UInt8]
  ) async throws(ActionError) -> HTTPResponse {
    var request = HTTPRequest(
      method: method, url: url, headers: headers, body: body, timeoutMilliseconds: Self.timeoutMilliseconds,
      responseBytesMax: Self.answerBytesMax)
    request.refusesPrivateAddresses = !isAllowed(url)
    do throws(HTTPError) { return try await http.send(request) } catch {
      switch error.code {
      case .badURL: throw ActionError(.invalid, error.detail)
      case .tooLarge: throw ActionError(.invalid, "the answer is over \(Self.answerBytesMax) bytes")
      default:
        throw ActionError(
          error.mayHaveBeenSent ? .unknown : .transient, "\(error.code.rawValue): \(error.detail)")
      }
    }
  }

  private func isAllowed(_ url: String) -> Bool {
    guard let authority = Self.authority(of: url) else { return false }
    if policy.allowed.contains(authority) { return true }
    guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return false }
    return policy.allowed.contains(String(authority[..<colon]))
  }

  // MARK: Addresses

  /// `host` or `host:port`, in small letters; nil with a name or password before it, which only serves to mislead.
  private static func authority(of url: String) -> String? {
    guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
    let authority = url[start...].prefix { !"/?#\\".contains($0) }
    guard !authority.contains("@"), !authority.isEmpty else { return nil }
    return authority.lowercased()
  }

  private static func redirect(of answer: HTTPResponse, from url: String) -> String? {
    let statuses = [301, 302, 303, 307, 308]
    guard statuses.contains(answer.status), let location = answer.header("Location") else { return nil }
    if location.hasPrefix("https://") || location.hasPrefix("http://") { return location }
    guard let scheme = url.firstRange(of: "://"), let authority = authority(of: url) else { return nil }
    let root = url[..<scheme.upperBound] + authority
    if location.hasPrefix("//") { return url[..<scheme.lowerBound] + ":" + location }
    if location.hasPrefix("/") { return root + location }
    let path = url[scheme.upperBound...].drop { $0 != "/" }.prefix { $0 != "?" && $0 != "#" }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return root + folder + location
  }

  // MARK: Bodies

  private static func body(_ asked: Value, _ headers: inout [HTTPHeader]) -> [UInt8] {
    if let members = asked.mapValue, let json = members["json"] {
      add(HTTPHeader("Content-Type", "application/json"), to: &headers)
      return JSON.bytes(json)
    }
    guard let text = asked["text"].textValue else { return [] }
    add(HTTPHeader("Content-Type", "text/plain; charset=utf-8"), to: &headers)
    return Array(text.utf8)
  }

  /// Unless the flow gives one of its own.
  private static func add(_ header: HTTPHeader, to headers: inout [HTTPHeader]) {
    guard !headers.contains(where: { $0.name.lowercased() == header.name.lowercased() }) else { return }
    headers.append(header)
  }

  private static func result(
    of answer: HTTPResponse, expecting expected: Value
  ) throws(ActionError) -> ActionResult {
    let isExpected = (expected.listValue ?? []).contains { range in
      guard let low = range[0].intValue, let high = range[1].intValue else { return false }
      return low <= high && (low...high).contains(Int64(answer.status))
    }
    guard isExpected else { throw refusal(answer) }
    var headers: [String: Value] = [:]
    for header in answer.headers.prefix(headersMax) where header.value.utf8.count <= headerBytesMax {
      headers[header.name.lowercased()] = .text(header.value)
    }
    var members: [String: Value] = ["status": .int(Int64(answer.status)), "headers": .map(headers)]
    let type = answer.header("Content-Type")?.lowercased() ?? ""
    if type.contains("json"), let value = try? JSON.parse(answer.body) {
      members["json"] = value
    } else if !answer.body.isEmpty {
      members["text"] = .text(String(decoding: answer.body, as: UTF8.self))
    }
    return ActionResult(remoteIDs: [], value: .map(members))
  }

  /// A status that the flow does not take. What the server says of a later try is kept to.
  private static func refusal(_ answer: HTTPResponse) -> ActionError {
    let said = String(decoding: answer.body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline)
      .joined(separator: " ")
    let detail = "status \(answer.status)" + (said.isEmpty ? "" : ": \(said)")
    let seconds = answer.header("Retry-After").flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    switch answer.status {
    case 408, 425, 429, 500...599:
      let asks = seconds.map { min($0, retryAfterMillisecondsMax / 1_000) * 1_000 }
      return ActionError(.transient, detail, retryAfterMilliseconds: asks)
    case 401, 403: return ActionError(.invalid, detail)
    default: return ActionError(.invalid, detail)
    }
  }
}
