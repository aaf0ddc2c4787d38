//! The HTTP server as a service of the process: binds, serves, and on graceful shutdown lets requests in hand end.
import Glibc
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

package struct GatewayServer: Service {
  /// Where to listen. Port 0 takes any free one.
  package struct Address: Sendable, Hashable {
    package var host: String
    package var port: Int

    package init(host: String = "127.0.0.1", port: Int = 8080) {
      self.host = host
      self.port = port
    }
  }

  private let address: Address
  private let ports: GatewayPorts
  private let limits: GatewayLimits
  private let logger: Logger
  private let onBound: @Sendable (Int) async -> Void

  /// `onBound` is called once with the real port, before the first connection is taken.
  package init(
    address: Address, ports: GatewayPorts, limits: GatewayLimits = GatewayLimits(), logger: Logger,
    onBound: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.address = address
    self.ports = ports
    self.limits = limits
    self.logger = logger
    self.onBound = onBound
  }

  /// Serves until graceful shutdown or cancellation. Throws when the address cannot be bound.
  package func run() async throws {
    let exchange = GatewayExchange(ports: ports, limits: limits, logger: logger)
    let server = Server(
      childChannelSetup: GatewayChannel(exchange: exchange, limits: limits),
      configuration: ServerConfiguration(
        address: .hostname(address.host, port: address.port), backlog: limits.backlog,
        availableConnectionsDelegate: .maximum(connectionsMax, logger: quietLogger)),
      onServerRunning: { [onBound] channel in await onBound(channel.localAddress?.port ?? 0) },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: quietLogger)
    try await server.run()
  }

  /// Hummingbird reports each start and broken connection; what matters of that we say ourselves.
  private var quietLogger: Logger {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    return quiet
  }

  /// A quarter of the file limit stays for the journal, the channels and the log.
  private var connectionsMax: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return limits.connectionsMax }
    return max(16, min(limits.connectionsMax, Int(clamping: limit.rlim_cur) / 4 * 3))
  }
}
