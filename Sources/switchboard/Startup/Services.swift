//! The program's parts as services of one group, so that they start and stop in order.
import FlowEngine
import Glibc
import JournalCore
import Logging
import PluginHost
import RuleEngine
import ServiceLifecycle
import SwitchboardSDK
import UnixSignals

struct EngineService: Service {
  let engine: Engine
  func run() async throws { await engine.run() }
}

/// The first to hear of the stop.
struct HasteService: Service {
  let journal: any Journal
  func run() async throws {
    try? await gracefulShutdown()
    journal.hasten()
  }
}

/// Simply cancelled: a step of forgetting is one transaction.
struct UpkeepService: Service {
  let retention: RetentionService
  func run() async throws {
    await cancelWhenGracefulShutdown { await retention.run() }
  }
}

/// Receivers are simply cancelled: what they have not confirmed to their channel comes again.
struct ConnectionsService: Service {
  let host: ConnectionHost
  func run() async throws {
    await cancelWhenGracefulShutdown { await host.run() }
  }
}
