//! One client connection: NIO's HTTP/1.1 codec, the guard, the pump; and one task that answers its requests in turn.
//! Hummingbird's server accepts connections and closes them in order; its own request handling costs a webhook more
//! than everything else at this door.
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

struct GatewayChannel: ServerChildChannel {
  /// A connection that has been set up.
  struct Connection: ServerChildChannelValue {
    let channel: any Channel
    /// Requests that the engine must be asked about, one at a time.
    let requests: AsyncStream<GatewayRequest>
    let pump: NIOLoopBound<RequestPump>
  }

  let exchange: GatewayExchange
  let limits: GatewayLimits

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
    channel.eventLoop.makeCompletedFuture {
      var decoderLimits = NIOHTTPDecoderLimitConfiguration()
      decoderLimits.maxHeaderFieldSize = limits.headerFieldBytesMax
      decoderLimits.maxHeaderListSize = limits.headerListBytesMax
      decoderLimits.maxHeaderFieldCount = limits.headerFieldsMax
      try channel.pipeline.syncOperations.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: false,
        // Every value that we send is ours or was checked by `RequestIdentity`.
        withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
        withDecoderLimitConfiguration: decoderLimits)
      let (requests, continuation) = AsyncStream.makeStream(of: GatewayRequest.self)
      let pump = RequestPump(exchange: exchange, limits: limits, requests: continuation)
      try channel.pipeline.syncOperations.addHandlers([ConnectionGuard(limits: limits), pump])
      return Connection(
        channel: channel, requests: requests, pump: NIOLoopBound(pump, eventLoop: channel.eventLoop))
    }
  }

  /// Answers until the client has gone or the server is cancelled. The connection stays where its webhooks are worked
  /// on until one belongs elsewhere.
  func handle(value connection: Connection, logger: Logger) async {
    var requests = connection.requests.makeAsyncIterator()
    var next = await requests.next().map { ($0, place(of: $0)) }
    while let (first, executor) = next {
      next = await withTaskExecutorPreference(executor) {
        var request = first
        while true {
          let (answered, reply) = (request, await exchange.reply(to: request))
          connection.channel.eventLoop.execute { connection.pump.value.answer(answered, with: reply) }
          guard let following = await requests.next() else { return nil }
          let itsPlace = place(of: following)
          guard itsPlace === executor else { return (following, itsPlace) }
          request = following
        }
      }
    }
    connection.channel.close(promise: nil)
  }

  private func place(of request: GatewayRequest) -> (any TaskExecutor)? {
    request.connection.flatMap { exchange.ports.executor($0) }
  }
}
