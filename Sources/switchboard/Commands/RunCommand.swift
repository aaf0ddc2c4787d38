//! `switchboard run`: the server.
import ArgumentParser
import FlowLoading
import Foundation
import Logging
import PluginHost
import ServiceLogs
import SwitchboardSDK
import Synchronization

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Serves the flows of a configuration until SIGTERM.",
    discussion: """
      SIGTERM and Ctrl-C stop in order; SIGHUP reads flows and rules again. The log goes to standard error.

      Example:  switchboard run --config switchboard.yaml
      """)

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Option(help: "debug, info, notice, warning or error.")
  var logLevel = "info"

  @Option(help: "pretty or json; by default json unless standard error is a terminal.")
  var logFormat: String?

  @Option(help: "This node's name among several over one PostgreSQL; by default the host's.")
  var node: String?

  @Option(help: "Where the other nodes reach this one, as http://HOST:PORT; by default where it listens.")
  var advertise: String?

  @Option(help: ArgumentHelp("Seconds of the engine's clock in one second.", visibility: .hidden))
  var clockRate = 1.0

  @Option(help: ArgumentHelp("Milliseconds since 1970 that --clock-rate counts from.", visibility: .hidden))
  var clockOrigin: Int64?

  func validate() throws {
    guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("--log-level cannot be '\(logLevel)'") }
    guard logFormat == nil || logFormat.flatMap(LogFormat.init) != nil else {
      throw ValidationError("--log-format must be pretty or json")
    }
    guard clockRate > 0, clockRate <= 1_000 else { throw ValidationError("--clock-rate must be over 0, at most 1000") }
  }

  func run() async throws {
    FileLimit.raise()
    Allocator.keepFreedMemory()
    let environment = ProcessInfo.processInfo.environment
    let format = logFormat.flatMap(LogFormat.init) ?? .fitting(fileDescriptor: STDERR_FILENO)
    let logs = ServiceLogs(
      format: format,
      usesColour: format == .pretty && LogFormat.allowsColour(fileDescriptor: STDERR_FILENO, environment: environment),
      level: Logger.Level(rawValue: logLevel) ?? .info)
    LoggingSystem.bootstrap(logs.handler)
    defer { logs.flush() }
    let signals = StopSignals(log: Logger(label: "switchboard"), flush: { logs.flush(withinMilliseconds: 300) })
    let watch = signals.watch
    let installation: Installation
    do {
      installation = try await open(logs: logs, stopClock: signals.clock)
    } catch let failure as StartupFailure {
      Console.error(failure.description)
      throw ExitCode(2)
    }
    let plan = installation.plan
    let isListening = Mutex(false)
    do {
      try await installation.run { port in
        isListening.withLock { $0 = true }
        watch.serves()
        print("listening on \(plan.host):\(port)")
        fflush(nil)
      }
    } catch where !isListening.withLock({ $0 }) {
      throw StartupFailure("cannot listen on \(plan.host):\(plan.port): \(error)")
    }
  }

  private func open(logs: ServiceLogs, stopClock: StopClock) async throws -> Installation {
    let file = try ConfigurationFile.read(config)
    for diagnostic in file.diagnostics { Console.error(diagnostic.text) }
    let log = Logger(label: "switchboard")
    for refusal in file.plugins.refusals { log.warning("plugin not loaded: \(refusal.sentence)") }
    guard var plan = file.plan else { throw StartupFailure("the configuration has errors") }
    plan.node = node ?? plan.node
    plan.advertisedURL = advertise ?? plan.advertisedURL
    logs.hide(plan.secrets)
    plan.resolver = plan.resolver.map { resolver in
      SecretResolver(environment: resolver.environment) { path in
        let found = resolver.secret(path)
        if let found { logs.hide([found]) }
        return found
      }
    }
    let lock = try plan.storage.prepare()
    let origin = clockOrigin.map { Timestamp(milliseconds: $0) }
    return try await Installation.open(
      plan, lock: lock, plugins: file.plugins, clock: SystemClock(rate: clockRate, origin: origin), log: log,
      stopClock: stopClock, hide: logs.hide)
  }
}
