import HTTPTransport
import SwitchboardSDK
import Synchronization
import Testing

/// What `http` steps may reach, and how answers are told apart.
@Suite struct FlowRequestsTests {
  private static func request(
    _ url: String, method: String = "GET", _ more: [String: Value] = [:], expect: Value = [[200, 299]]
  ) -> Action {
    var arguments: [String: Value] = ["method": .text(method), "url": .text(url), "expect": expect]
    arguments.merge(more) { $1 }
    return Action(name: "request", idempotencyKey: "run-7-1", chat: "", arguments: .map(arguments))
  }

  private func code(_ action: Action, _ answers: [HTTPResponse]) async -> ActionError? {
    let requests = FlowRequests(http: AnsweringHTTP(answers), policy: .init())
    do throws(ActionError) {
      _ = try await requests.perform(action)
      return nil
    } catch { return error }
  }

  @Test func `a body goes as JSON, with a key that a repetition has as well`() async throws {
    let http = AnsweringHTTP([
      HTTPResponse(
        status: 201, headers: [HTTPHeader("Content-Type", "application/json; charset=utf-8")],
        body: Array(#"{"id":7}"#.utf8))
    ])
    let requests = FlowRequests(http: http, policy: .init())
    let result = try await requests.perform(
      Self.request("https://crm.example/orders", method: "POST", ["json": ["text": "да"], "headers": ["X-A": "1"]]))
    #expect(result.value["status"] == 201 && result.value["json"]["id"] == 7)
    let sent = try #require(http.requests.first)
    #expect(sent.method == "POST" && sent.refusesPrivateAddresses)
    #expect(String(decoding: sent.body, as: UTF8.self) == #"{"text":"да"}"#)
    #expect(
      sent.headers == [
        HTTPHeader("X-A", "1"), HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("Idempotency-Key", "run-7-1"),
      ])
  }

  @Test func `other statuses fail, now or after what the server asks for`() async {
    let url = "https://crm.example/"
    #expect(await code(Self.request(url), [HTTPResponse(status: 404, body: Array("no such".utf8))])
      == ActionError(.invalid, "status 404: no such"))
    #expect(await code(Self.request(url), [HTTPResponse(status: 500)]) == ActionError(.transient, "status 500"))
    #expect(
      await code(Self.request(url), [HTTPResponse(status: 503, headers: [HTTPHeader("Retry-After", "7")])])
        == ActionError(.transient, "status 503", retryAfterMilliseconds: 7_000))
    #expect(
      await code(Self.request(url), [HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "99999999999")])])
        == ActionError(.transient, "status 429", retryAfterMilliseconds: 3_600_000))
    #expect(await code(Self.request(url, expect: [[200, 200], [404, 404]]), [HTTPResponse(status: 404)]) == nil)
  }

  @Test func `redirects are followed, checked anew, and told no secrets of another server`() async throws {
    let http = AnsweringHTTP([
      HTTPResponse(status: 302, headers: [HTTPHeader("Location", "/next")]),
      HTTPResponse(status: 301, headers: [HTTPHeader("Location", "http://10.0.0.1/secret")]),
      HTTPResponse(status: 200),
    ])
    let requests = FlowRequests(http: http, policy: .init(allowed: ["inside.example"]))
    _ = try await requests.perform(
      Self.request("https://inside.example:8443/a/b", ["headers": ["Authorization": "Bearer x"]]))
    #expect(
      http.requests.map(\.url)
        == ["https://inside.example:8443/a/b", "https://inside.example:8443/next", "http://10.0.0.1/secret"])
    #expect(http.requests.map(\.refusesPrivateAddresses) == [false, false, true])
    #expect(http.requests.map { $0.headers.contains { $0.name == "Authorization" } } == [true, true, false])
  }

  @Test func `a circle of redirects ends, and a POST follows none`() async {
    let round = HTTPResponse(status: 302, headers: [HTTPHeader("Location", "https://a.example/")])
    #expect(
      await code(Self.request("https://a.example/"), Array(repeating: round, count: 9))
        == ActionError(.invalid, "over 5 redirects"))
    #expect(
      await code(Self.request("https://a.example/", method: "POST"), [round]) == ActionError(.invalid, "status 302"))
  }

  @Test(arguments: [
    "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/", "http://user@127.0.0.1:9/", "http://2130706433:9/",
  ])
  func `addresses inside are refused before a byte is sent`(url: String) async throws {
    let transport = try CurlTransport()
    let requests = FlowRequests(http: transport, policy: .init(allowed: ["user@127.0.0.1:9"]))
    await #expect {
      _ = try await requests.perform(Self.request(url))
    } throws: { error in
      (error as? ActionError)?.code == .invalid
    }
    await transport.shutdown()
  }

  @Test func `one that the configuration allows is reached`() async throws {
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer("inside") }
    }
    let transport = try CurlTransport()
    let requests = FlowRequests(http: transport, policy: .init(allowed: ["127.0.0.1:\(server.port)"]))
    let result = try await requests.perform(Self.request("http://127.0.0.1:\(server.port)/x"))
    #expect(result.value["text"] == "inside")
    await transport.shutdown()
  }

  @Test func `an outcome that nobody knows is called so, and one that surely was not is not`() async {
    for (mayHaveBeenSent, expected) in [(true, ActionError.Code.unknown), (false, .transient)] {
      let http = AnsweringHTTP([], failure: HTTPError(.timeout, mayHaveBeenSent: mayHaveBeenSent, "late"))
      do throws(ActionError) {
        _ = try await FlowRequests(http: http, policy: .init()).perform(Self.request("https://a.example/"))
        Issue.record("no failure")
      } catch { #expect(error.code == expected) }
    }
  }
}

/// Answers as planned, one after the other.
final class AnsweringHTTP: HTTPPort {
  private let state: Mutex<(answers: [HTTPResponse], requests: [HTTPRequest])>
  private let failure: HTTPError?

  init(_ answers: [HTTPResponse], failure: HTTPError? = nil) {
    state = Mutex((answers, []))
    self.failure = failure
  }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    if let failure { throw failure }
    let answer = state.withLock { state -> HTTPResponse? in
      state.requests.append(request)
      return state.answers.isEmpty ? nil : state.answers.removeFirst()
    }
    guard let answer else { throw HTTPError(.connect, mayHaveBeenSent: false, "no more answers") }
    return answer
  }
}
