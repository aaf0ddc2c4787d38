//! The program's parts as services of one group, so that they start and stop in order.
import FlowEngine
import Glibc
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

/// Looks at rule files each second; `SIGHUP` reads the flows again too.
struct ReloadService: Service {
  let installation: Installation
  let clock: SystemClock
  let log: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await watchRules() }
        group.addTask {
          for await _ in await UnixSignalsSequence(trapping: .sighup) { await installation.reload() }
        }
      }
    }
  }

  private func watchRules() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      for report in installation.rules.reloadIfChanged() { tell(report) }
    }
  }

  private func tell(_ report: RuleReloadReport) {
    let metadata: Logger.Metadata = ["project": "\(report.project)", "rule": "\(report.rule)"]
    switch report.outcome {
    case .loaded(let version): log.notice("rule loaded, version \(version)", metadata: metadata)
    case .removed: log.warning("rule removed", metadata: metadata)
    case .kept(let version, let problems):
      let serving = version.map { "version \($0) goes on serving" } ?? "there is no older version"
      for problem in problems {
        let place = problem.line.map { "\(problem.file):\($0)" } ?? problem.file
        log.error("\(place): \(problem.message); \(serving)", metadata: metadata)
      }
    }
  }
}
