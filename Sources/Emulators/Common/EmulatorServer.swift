//! The HTTP server under both emulators: reads a request whole, answers it, or fails to in the ordered way.

internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import SwitchboardSDK

/// Built on Hummingbird's server below its router: closing a connection without an answer is not something
/// a router can do.
package struct EmulatorServer: Sendable {
  package let host: String
  /// 0 lets the system choose; `address` tells.
  package let port: Int
  package let bodyBytesMax: Int
  package let address: BoundAddress
  private let handler: @Sendable (EmulatorRequest) async -> EmulatorAnswer

  package init(
    host: String = "127.0.0.1", port: Int = 0, bodyBytesMax: Int = 60 << 20,
    address: BoundAddress = BoundAddress(),
    handler: @escaping @Sendable (EmulatorRequest) async -> EmulatorAnswer
  ) {
    self.host = host
    self.port = port
    self.bodyBytesMax = bodyBytesMax
    self.address = address
    self.handler = handler
  }

  /// Serves until cancelled or gracefully shut down. Throws when it cannot listen.
  package func run() async throws(RequestError) {
    var logger = Logger(label: "emulator")
    // The server calls an ordinary stop an error.
    logger.logLevel = .critical
    let address = self.address
    do {
      let server = try HTTPServerBuilder.http1().buildServer(
        configuration: ServerConfiguration(address: .hostname(host, port: port), backlog: 1_024),
        eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: logger,
        responder: { request, writer, channel in try await respond(to: request, writer, channel) },
        onServerRunning: { channel in address.bind(port: channel.localAddress?.port ?? 0) })
      // Long polls and unanswered requests would hold a graceful shutdown for ever.
      try await cancelWhenGracefulShutdown { try await server.run() }
    } catch is CancellationError {
      address.fail("cancelled before the server listened")
    } catch {
      let detail = "cannot listen on \(host):\(port): \(error)"
      address.fail(detail)
      throw RequestError(detail)
    }
    address.fail("the server stopped before it listened")
  }

  private func respond(
    to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
  ) async throws {
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    let body: ByteBuffer
    do {
      body = try await request.body.collect(upTo: bodyBytesMax)
    } catch is NIOTooManyBytesError {
      let answer = EmulatorAnswer.html(status: 413, title: "Request Entity Too Large")
      try await writer.write(
        response: head(answer, closes: true), body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
      throw ConnectionCut()
    }
    var headers: [String: String] = [:]
    for field in request.headers {
      let name = field.name.canonicalName
      headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
    }
    let answer = await handler(
      EmulatorRequest(
        method: request.method.rawValue, target: request.head.path ?? "/", headers: headers,
        body: Array(body.readableBytesView)))
    switch answer.delivery {
    case .whole:
      try await writer.write(
        response: head(answer, closes: false), body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    case .cutInTheMiddle:
      var part = try await writer.writeHead(head(answer, closes: false))
      try await part.write(ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2)))
      throw ConnectionCut()
    case .connectionClosed:
      throw ConnectionCut()
    case .never:
      await Self.silence(on: channel)
      throw ConnectionCut()
    }
  }

  private func head(_ answer: EmulatorAnswer, closes: Bool) -> HTTPResponse {
    var fields = HTTPFields()
    for header in answer.headers {
      if let name = HTTPField.Name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
    }
    fields[.contentLength] = String(answer.body.count)
    if closes { fields[.connection] = "close" }
    let code = (200...999).contains(answer.status) ? answer.status : 500
    return HTTPResponse(status: .init(code: code), headerFields: fields)
  }

  /// Waits until the connection is gone or the server stops. Hummingbird's own inbound-close handler traps when
  /// the body has been read before, hence the channel's future.
  private static func silence(on channel: any Channel) async {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    channel.closeFuture.whenComplete { _ in continuation.finish() }
    for await _ in stream {}
  }

  /// Thrown to make the server close the connection; never leaves this file.
  private struct ConnectionCut: Error {}
}
