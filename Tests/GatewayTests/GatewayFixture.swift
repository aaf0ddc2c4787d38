//! A gateway on a free port, with an engine that only remembers what it was given.
import Gateway
import Logging
import ServiceLifecycle
import SwitchboardSDK
import Synchronization

final class GatewayFixture: Sendable {
  static let secret = "c2VjcmV0LTE2LWJ5dGVzMA"
  static let otherSecret = "another-secret-0123456"

  private let calls = Mutex<[(address: WebhookAddress, request: WebhookRequest)]>([])
  private let lines = Mutex<[String]>([])
  let answer: @Sendable (WebhookRequest) async -> WebhookAnswer
  let health: HealthReport.Status

  init(
    health: HealthReport.Status = .ok,
    answer: @escaping @Sendable (WebhookRequest) async -> WebhookAnswer = { _ in WebhookAnswer(status: 200) }
  ) {
    self.health = health
    self.answer = answer
  }

  /// What reached the engine.
  var received: [(address: WebhookAddress, request: WebhookRequest)] { calls.withLock { $0 } }
  var logged: [String] { lines.withLock { $0 } }

  func server(limits: GatewayLimits, onBound: @escaping @Sendable (Int) async -> Void) -> GatewayServer {
    let third = WebhookAddress.Family(rawValue: "echo").map {
      WebhookDirectory.Entry(family: $0, connection: "third", secret: Self.secret)
    }
    let directory = WebhookDirectory([third].compactMap(\.self) + [
      .init(family: .avito, connection: "avito-main", secret: Self.secret),
      .init(family: .avito, connection: "открытый", secret: nil),
      .init(family: .telegram, connection: "desk", secret: Self.otherSecret),
      .init(family: .sourceTelegram, connection: "bot", secret: Self.secret),
      .init(family: .telegram, connection: "forgotten", secret: ""),
    ])
    let ports = GatewayPorts(
      directory: { directory },
      webhook: { [self] address, request in
        calls.withLock { $0.append((address, request)) }
        return await answer(request)
      },
      health: { [health] in
        HealthReport(
          status: health, version: "1.2.3", uptimeMilliseconds: 61_500,
          storage: .init(kind: "sqlite", isReachable: health != .unavailable),
          connections: [.init(name: "desk", project: "shop", plugin: "telegram", state: "receiving")],
          flows: [.init(project: "shop", flow: "avito-desk", version: "abc")])
      })
    let logger = Logger(label: "test") { [self] _ in
      CapturingHandler { line in self.lines.withLock { $0.append(line) } }
    }
    return GatewayServer(address: .init(port: 0), ports: ports, limits: limits, logger: logger, onBound: onBound)
  }

  /// Serves for as long as the body runs.
  func serve<Outcome: Sendable>(
    limits: GatewayLimits = GatewayLimits(), _ body: @escaping @Sendable (Int) async throws -> Outcome
  ) async throws -> Outcome {
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    let server = server(limits: limits) { bound.yield($0) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      var iterator = ports.makeAsyncIterator()
      let port = await iterator.next() ?? 0
      defer { group.cancelAll() }
      return try await body(port)
    }
  }

  /// One request on a connection of its own.
  func send(_ request: String) async throws -> RawAnswer? {
    try await serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send(request)
        return client.answer()
      }
    }
  }
}

/// A POST of JSON, whole.
func post(_ path: String, body: String = "{}", headers: String = "Content-Type: application/json\r\n") -> String {
  "POST \(path) HTTP/1.1\r\nHost: bots.example.com\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

private struct CapturingHandler: LogHandler {
  var logLevel = Logger.Level.debug
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  let keep: @Sendable (String) -> Void

  init(_ keep: @escaping @Sendable (String) -> Void) { self.keep = keep }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    keep("\(event.level) \(event.message) \(event.metadata ?? [:])")
  }
}
