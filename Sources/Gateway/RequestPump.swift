//! The requests of one connection: read whole within the limits, answered one at a time and in their order, whatever
//! was pipelined. Lives on the connection's event loop.
import NIOCore
import NIOHTTP1

final class RequestPump: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private struct Reading {
    var request: GatewayRequest
    var readBytes = 0
    var isTooLarge: Bool
  }

  private let exchange: GatewayExchange
  private let limits: GatewayLimits
  private let requests: AsyncStream<GatewayRequest>.Continuation
  private var context: ChannelHandlerContext?
  private var reading: Reading?
  /// Read to their end, or answered from their heads.
  private var waiting: CircularBuffer<GatewayRequest> = []
  private var isAnswering = false
  /// The client sends no more, or the server stops: the connection ends with the last answer.
  private var isLast = false
  /// What came after the last request could not be read: said so once its turn comes.
  private var isBroken = false
  private var isReadHeld = false
  private var lastActiveAt = NIODeadline.now()
  private var idleTimer: Scheduled<Void>?

  /// Requests of one connection that wait for their answers; more stay in the kernel.
  private static let waitingMax = 32

  init(exchange: GatewayExchange, limits: GatewayLimits, requests: AsyncStream<GatewayRequest>.Continuation) {
    self.exchange = exchange
    self.limits = limits
    self.requests = requests
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    scheduleIdleTimer(after: .milliseconds(limits.idleMilliseconds), context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  private func end() {
    context = nil
    idleTimer?.cancel()
    idleTimer = nil
    requests.finish()
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastActiveAt = .now()
    guard !isBroken else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): begin(exchange.receive(head))
    case .body(let buffer): take(buffer)
    case .end: finishReading()
    }
  }

  private func begin(_ request: GatewayRequest) {
    // A refused body is read on and forgotten: closing with unread bytes would reset the connection, and the client
    // might never see its answer.
    if case .answered = request.work { return submit(request) }
    let announced = request.headers["content-length"].flatMap { Int($0) } ?? 0
    reading = Reading(request: request, isTooLarge: announced > limits.bodyBytesMax)
  }

  private func take(_ buffer: ByteBuffer) {
    guard reading != nil else { return }
    reading?.readBytes += buffer.readableBytes
    let readBytes = reading?.readBytes ?? 0
    if readBytes > limits.bodyBytesMax {
      reading?.isTooLarge = true
      reading?.request.body = []
    }
    if reading?.isTooLarge == false {
      reading?.request.body.append(contentsOf: buffer.readableBytesView)
    } else if readBytes > limits.bodyBytesMax + limits.drainBytesMax {
      finishReading()
    }
  }

  private func finishReading() {
    guard let read = reading else { return }
    reading = nil
    var request = read.request
    if read.isTooLarge {
      request.work = .answered(
        Refusal(.bodyTooLarge(bytesMax: limits.bodyBytesMax), request.identity).reply(allow: ""))
    }
    submit(request)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.close(promise: nil) }
    if var request = reading?.request {
      reading = nil
      request.work = .answered(Refusal(.brokenRequest, request.identity).reply(allow: ""))
      submit(request)
    }
    isBroken = true
    pump()
  }

  /// The client has shut its sending side, or the server is to stop.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      reading = nil
      isLast = true
      pump()
    case is ChannelShouldQuiesceEvent:
      isLast = true
      pump()
      // Who is still sending by then is not waited for.
      idleTimer?.cancel()
      scheduleStopTimer(context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func read(context: ChannelHandlerContext) {
    if waiting.count < Self.waitingMax { context.read() } else { isReadHeld = true }
  }

  // MARK: Answering

  private func submit(_ request: GatewayRequest) {
    waiting.append(request)
    pump()
  }

  private func pump() {
    while !isAnswering, let context {
      guard let request = waiting.popFirst() else {
        if isBroken {
          refuseBroken(context)
        } else if isLast, reading == nil {
          context.close(promise: nil)
        }
        return
      }
      if case .answered(let reply) = request.work {
        write(reply, to: request, context)
      } else {
        isAnswering = true
        requests.yield(request)
      }
    }
  }

  /// The task's answer to the request that it was given last.
  func answer(_ request: GatewayRequest, with reply: GatewayReply) {
    guard let context else { return }
    isAnswering = false
    lastActiveAt = .now()
    write(reply, to: request, context)
    pump()
    if isReadHeld, waiting.count < Self.waitingMax / 2 {
      isReadHeld = false
      context.read()
    }
  }

  private func write(_ reply: GatewayReply, to request: GatewayRequest, _ context: ChannelHandlerContext) {
    let mustClose = reply.closesConnection || !request.keepsConnection
    let head = GatewayExchange.head(of: reply, identity: request.identity, keepsConnection: request.keepsConnection)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !request.isHead {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    guard mustClose else { return }
    waiting.removeAll()
    self.context = nil
    context.close(promise: nil)
  }

  private func refuseBroken(_ context: ChannelHandlerContext) {
    let fields: HTTPHeaders = ["Content-Length": "0", "Connection": "close"]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .badRequest, headers: fields))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    self.context = nil
    context.close(promise: nil)
  }

  // MARK: Idling

  private func scheduleIdleTimer(after time: TimeAmount, _ context: ChannelHandlerContext) {
    idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.closeIfIdle() }
  }

  private func scheduleStopTimer(_ context: ChannelHandlerContext) {
    idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.stopMilliseconds)) {
      [weak self] in self?.closeUnlessAnswering()
    }
  }

  private func closeUnlessAnswering() {
    guard let context else { return }
    if isAnswering || !waiting.isEmpty { scheduleStopTimer(context) } else { context.close(promise: nil) }
  }

  private func closeIfIdle() {
    guard let context else { return }
    let idle = TimeAmount.milliseconds(limits.idleMilliseconds)
    let isBusy = isAnswering || !waiting.isEmpty
    let left = isBusy ? idle : lastActiveAt + idle - .now()
    if left > .zero { scheduleIdleTimer(after: left, context) } else { context.close(promise: nil) }
  }
}
