//! Keeps one access token for all calls of a connection: whoever finds it stale renews it, the others wait for that.

internal import SwitchboardSDK

actor TokenKeeper {
  private struct Token {
    var value: String
    var expiresAt: Timestamp
  }
  private enum Outcome: Sendable {
    case renewed
    case failed(AvitoFailure)
    /// The one who was renewing was cancelled; somebody else must do it.
    case abandoned
  }

  private let settings: AvitoSettings
  private let http: any HTTPPort
  private let clock: any ClockPort
  private var token: Token?
  private var isRenewing = false
  private var waiting: [AsyncStream<Outcome>.Continuation] = []

  init(settings: AvitoSettings, http: any HTTPPort, clock: any ClockPort) {
    self.settings = settings
    self.http = http
    self.clock = clock
  }

  /// The token if one is at hand, without asking for another.
  var current: String? {
    guard let token, token.expiresAt > clock.now() else { return nil }
    return token.value
  }

  /// A token that is not `refused`. Failures say `notSent`: whatever it was wanted for has not happened. Who is
  /// cancelled while another renews does not wait for that.
  func token(refused: String? = nil) async throws(AvitoFailure) -> String {
    while true {
      if let current, current != refused { return current }
      if isRenewing {
        let (outcomes, waiter) = AsyncStream<Outcome>.makeStream()
        waiting.append(waiter)
        for await outcome in outcomes {
          if case .failed(let failure) = outcome { throw failure }
        }
        if Task.isCancelled { throw AvitoFailure(.cancelled, "token: cancelled") }
        continue
      }
      isRenewing = true
      let outcome: Outcome
      do throws(AvitoFailure) {
        token = try await request()
        outcome = .renewed
      } catch {
        outcome = error.kind == .cancelled ? .abandoned : .failed(error)
        finish(outcome)
        throw error
      }
      finish(outcome)
      // Even a token that Avito repeats is worth one more try.
      if let token { return token.value }
    }
  }

  private func finish(_ outcome: Outcome) {
    isRenewing = false
    let resumed = waiting
    waiting = []
    for waiter in resumed {
      waiter.yield(outcome)
      waiter.finish()
    }
  }

  private func request() async throws(AvitoFailure) -> Token {
    let form = "grant_type=client_credentials&client_id=\(settings.clientID.percentEncoded)"
      + "&client_secret=\(settings.clientSecret.percentEncoded)"
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try await http.send(
        HTTPRequest(
          method: "POST", url: settings.apiBase + "/token",
          headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
          body: Array(form.utf8), responseBytesMax: 64 << 10, proxy: settings.proxy))
    } catch {
      throw AvitoFailure(error.code == .cancelled ? .cancelled : .notSent, "token: \(error.code.rawValue)")
    }
    let body = try? JSON.parse(response.body)
    if response.status == 429 {
      let wait = RetryAfter.milliseconds(response.header("Retry-After"), now: clock.now())
      throw AvitoFailure(.rateLimited(retryAfterMilliseconds: wait), "token: status 429")
    }
    if response.status == 200, let value = body?["access_token"].textValue, !value.isEmpty {
      // Renewed a minute early, so that it does not run out on the way.
      let seconds = min(max(body?["expires_in"].intValue ?? 86_400, 120), 30 * 86_400) - 60
      return Token(value: value, expiresAt: clock.now().adding(milliseconds: seconds * 1_000))
    }
    // Avito's words are left out here: they may repeat the credentials.
    let isRefusal = [400, 401, 402, 403].contains(response.status) || body?["error"].isNull == false
    if isRefusal, response.status < 500 {
      throw AvitoFailure(.unauthorized, "token: Avito refuses the client id and secret (status \(response.status))")
    }
    throw AvitoFailure(.notSent, "token: status \(response.status) without a token")
  }
}
