//! A connection with everything around it scripted: Avito's answers, the intake, the store and the clock.

internal import Avito
internal import Foundation
internal import SwitchboardSDK

/// All of it shares one journal, so that a test can see in which order things happened.
final class Stage: IntakePort, HTTPPort, LogPort, ClockPort, StorePort, FilePort, HealthPort, @unchecked Sendable {
  // @unchecked: everything mutable is touched under `lock` only.
  typealias Script = @Sendable (_ route: String, _ request: HTTPRequest) -> Result<HTTPResponse, HTTPError>

  private let lock = NSLock()
  private var lines: [String] = []
  private var sent: [HTTPRequest] = []
  private var accepted: [Event] = []
  private var values: [String: Value] = [:]
  private var logged: [String] = []
  private var told: [ConnectorHealth] = []
  private var refusals = 0
  private var silent: Set<String> = []
  /// Kept apart, so that the journal tells what the channel and the engine saw.
  private var stored: [String] = []
  private var watchers: [AsyncStream<Void>.Continuation] = []
  private var script: Script
  private let sleeps: AsyncStream<Int64>.Continuation
  let slept: AsyncStream<Int64>
  private var known: Set<String> = []
  private var lent = FetchedFile(bytes: [], fileName: "", mimeType: "")

  init(_ script: @escaping Script) {
    self.script = script
    (slept, sleeps) = AsyncStream.makeStream()
  }

  var ownMessages: Set<String> {
    get { lock.withLock { known } }
    set { lock.withLock { known = newValue } }
  }
  var file: FetchedFile {
    get { lock.withLock { lent } }
    set { lock.withLock { lent = newValue } }
  }
  var journal: [String] { lock.withLock { lines } }
  var requests: [HTTPRequest] { lock.withLock { sent } }
  var events: [Event] { lock.withLock { accepted } }
  var log: [String] { lock.withLock { logged } }
  /// No answer to these routes until the caller gives up.
  var silentRoutes: Set<String> {
    get { lock.withLock { silent } }
    set { lock.withLock { silent = newValue } }
  }
  /// What changed, in its order.
  var reports: [ConnectorHealth] { lock.withLock { told } }
  func report(_ health: ConnectorHealth) { lock.withLock { if told.last != health { told.append(health) } } }
  func refuseIntake(_ times: Int) { lock.withLock { refusals = times } }

  /// Returns once this was stored.
  func comes(_ line: String) async {
    func isThere() -> Bool { lock.withLock { stored.contains(line) } }
    while !isThere() {
      let (news, end) = AsyncStream<Void>.makeStream()
      lock.withLock { watchers.append(end) }
      if isThere() { return }
      for await _ in news {}
    }
  }

  private func wakeWatchers() {
    for watcher in lock.withLock({ defer { watchers = [] }; return watchers }) { watcher.finish() }
  }

  func connector(_ extra: [String: Value] = [:], webhookURL: String? = nil) throws -> any Connector {
    var settings: [String: Value] = [
      "client_id": "id-canary", "client_secret": "secret-canary", "user_id": 369000001,
      "api_base": "http://avito.test", "poll_every": 5_000,
    ]
    settings.merge(extra) { $1 }
    var context = ConnectionContext(
      connection: "avito", project: "shop", settings: .map(settings), intake: self, http: self, log: self,
      clock: self, store: self, files: self, webhookURL: webhookURL)
    context.health = self
    return try AvitoPlugin().connect(context)
  }

  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    let path = request.url.replacingOccurrences(of: "http://avito.test", with: "")
    let route = "\(request.method) \(path)"
    let script = lock.withLock {
      sent.append(request)
      lines.append(route)
      return self.script
    }
    if silentRoutes.contains(route) {
      let (never, end) = AsyncStream<Void>.makeStream()
      for await _ in never {}
      end.finish()
      throw HTTPError(.cancelled, mayHaveBeenSent: true, "given up")
    }
    // A picture on the API's own host is a file, not an operation of the API.
    if path.hasPrefix("/"), !path.hasPrefix("/image/") { Recording.append(request, path: path) }
    if route == "POST /token", case .success(let answer) = script(route, request), answer.status == 0 {
      return HTTPResponse(status: 200, body: Array(#"{"access_token":"token-canary","expires_in":86400}"#.utf8))
    }
    return try script(route, request).get()
  }

  func accept(_ events: [Event]) async throws(IntakeError) {
    let isRefused = lock.withLock {
      if refusals > 0 { refusals -= 1; return true }
      accepted.append(contentsOf: events)
      lines.append("accept " + events.map(\.externalID).joined(separator: " "))
      return false
    }
    wakeWatchers()
    if isRefused { throw IntakeError("the disk is full") }
  }

  func isOwnMessage(chat: String, messageID: String) async -> Bool { ownMessages.contains(messageID) }
  func log(_ level: LogLevel, _ text: String, _ fields: [String: String]) {
    lock.withLock { logged.append("\(level.rawValue) \(text) \(fields)") }
  }
  func now() -> Timestamp { Timestamp(seconds: 1_795_217_940) }

  /// Tells the test, then ends at once for short waits of a caller and at cancellation for loops.
  func sleep(milliseconds: Int64) async {
    sleeps.yield(milliseconds)
    if milliseconds > 10_000 || milliseconds == 5_000 {
      let (never, end) = AsyncStream<Void>.makeStream()
      for await _ in never {}
      end.finish()
    }
  }

  func get(_ key: String) async throws(IntakeError) -> Value { lock.withLock { values[key] ?? .null } }
  func set(_ key: String, _ value: Value) async throws(IntakeError) {
    lock.withLock {
      values[key] = value.isNull ? nil : value
      stored.append("store \(key)\(value.isNull ? " nothing" : "")")
    }
    wakeWatchers()
  }
  func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile { file }
}

/// Requests for a validator against Avito's OpenAPI, one JSON line each, where the environment names a file.
enum Recording {
  private static let lock = NSLock()

  static func append(_ request: HTTPRequest, path: String) {
    guard let file = ProcessInfo.processInfo.environment["SWITCHBOARD_RECORDED_REQUESTS"] else { return }
    var headers: [String: Value] = [:]
    for header in request.headers {
      headers[header.name] = .text(header.name == "Authorization" ? "Bearer x" : header.value)
    }
    let line: Value = [
      "channel": "avito", "method": .text(request.method), "path": .text(path),
      "content_type": request.headers.first { $0.name == "Content-Type" }.map { .text($0.value) } ?? .null,
      "headers": .map(headers), "body": .text(String(decoding: request.body, as: UTF8.self)),
    ]
    lock.withLock {
      if !FileManager.default.fileExists(atPath: file) {
        _ = FileManager.default.createFile(atPath: file, contents: nil)
      }
      guard let handle = FileHandle(forWritingAtPath: file) else { return }
      defer { try? handle.close() }
      _ = try? handle.seekToEnd()
      try? handle.write(contentsOf: Data(JSON.bytes(line) + [0x0A]))
    }
  }
}

/// An answer with a JSON text; status 0 for `/token` means: a good token.
func answer(_ json: String, status: Int = 200, headers: [HTTPHeader] = []) -> Result<HTTPResponse, HTTPError> {
  .success(HTTPResponse(status: status, headers: headers, body: Array(json.utf8)))
}

let goodToken = answer("", status: 0)
let chatID = "u2i-AbC~d_e-1/ф"
let chatPath = "u2i-AbC~d_e-1%2F%D1%84"
