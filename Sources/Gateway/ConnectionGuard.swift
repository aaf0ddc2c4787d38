//! Bounds what one connection can cost: a slow body, an answer nobody reads, a body nobody wants, a broken head.
//! Sits between the HTTP decoder and `RequestPump`, one instance a connection.
import NIOCore
import NIOHTTP1

final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: GatewayLimits
  /// Requests whose answer has not been written to its end.
  private var unanswered = 0
  private var isReadingRequest = false
  private var bodyBytes = 0
  private var readDeadline: Scheduled<Void>?
  private var writeDeadline: Scheduled<Void>?

  init(limits: GatewayLimits) {
    self.limits = limits
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      isReadingRequest = true
      bodyBytes = 0
    case .body(let buffer):
      bodyBytes += buffer.readableBytes
      // Refused bodies are drained for a while; past that the client is not listening.
      guard bodyBytes <= limits.bodyBytesMax + 2 * limits.drainBytesMax else {
        context.close(promise: nil)
        return
      }
    case .end:
      isReadingRequest = false
      readDeadline?.cancel()
      readDeadline = nil
    }
    context.fireChannelRead(data)
  }

  /// Most requests arrive whole in one read and never cost a timer.
  func channelReadComplete(context: ChannelHandlerContext) {
    if isReadingRequest, readDeadline == nil {
      readDeadline = schedule(limits.readMilliseconds, context)
    }
    context.fireChannelReadComplete()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      writeDeadline?.cancel()
      writeDeadline = nil
    } else if writeDeadline == nil {
      writeDeadline = schedule(limits.writeStallMilliseconds, context)
    }
    context.fireChannelWritabilityChanged()
  }

  /// A head that cannot be read is answered here, unless earlier requests still wait for theirs: then the pump
  /// answers after them. Either way the connection ends, and nothing behind the broken head is looked at.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard unanswered == 0 else {
      context.fireErrorCaught(error)
      return
    }
    let isTooLarge = (error as? HTTPParserError) == .headerOverflow
    let status: HTTPResponseStatus = isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest
    let fields: HTTPHeaders = ["Content-Length": "0", "Connection": "close"]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: fields))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    readDeadline?.cancel()
    writeDeadline?.cancel()
  }

  private func schedule(_ milliseconds: Int64, _ context: ChannelHandlerContext) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
      context.close(promise: nil)
    }
  }
}
