//! `switchboard demo`: the whole path on emulators, played and checked.
import ArgumentParser
import Emulators
import Foundation
import HTTPTransport
import ServiceLogs
import SwitchboardSDK
import UnixSignals

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Plays customers and an operator through flows/demo, on emulators, and checks what they saw.",
    discussion: """
      The engine runs as a process of its own on an SQLite file in a temporary folder; Telegram and Avito are
      emulated on 127.0.0.1. The demo's clock runs 25 times as fast as yours.

      Example:  switchboard demo --once
      """)

  @Flag(help: "Play, check, exit 0 or 1.")
  var once = false

  @Option(help: "The folder that holds flows/demo and rules/demo.")
  var home = "."

  @Flag(help: "Keep the temporary folder (configuration, database, log).")
  var keep = false

  func run() async throws {
    let home = URL(fileURLWithPath: home).standardizedFileURL
    guard FileManager.default.fileExists(atPath: home.appendingPathComponent("flows/demo").path) else {
      throw StartupFailure("no flows/demo in \(home.path): run the demo in the project's folder, or give --home")
    }
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("switchboard-demo-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { if !keep { try? FileManager.default.removeItem(at: folder) } }
    let transport = try CurlTransport()
    let origin = SystemClock().now()
    let clock = SystemClock(rate: DemoStage.clockRate, origin: origin)
    let emulatorClock = EmulatorClock(now: { clock.now() }, sleep: { await clock.sleep(milliseconds: $0) })
    var settings = TelegramEmulatorConfiguration()
    settings.clock = emulatorClock
    settings.checksFlood = true
    let telegram = TelegramEmulator(configuration: settings)
    let avito = AvitoEmulator(clock: emulatorClock)
    let isGood = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await telegram.run() }
      group.addTask { try await avito.run() }
      defer { group.cancelAll() }
      let stage = try await DemoStage.prepare(
        home: home, folder: folder, telegram: telegram, avito: avito, clock: clock, origin: origin, http: transport)
      return try await play(on: stage)
    }
    await transport.shutdown()
    if !isGood { throw ExitCode(1) }
  }

  private func play(on stage: DemoStage) async throws -> Bool {
    let usesColour = LogFormat.allowsColour(
      fileDescriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
    let report = DemoReport(clock: stage.clock, usesColour: usesColour)
    print("Switchboard demo: Авито и Telegram — эмуляторы на 127.0.0.1, движок — отдельный процесс, SQLite.")
    do {
      try await stage.engine.start()
      try await DemoScript(stage: stage, report: report).play()
    } catch {
      report.check("the play goes on to its end", false, found: "\(error)")
      if let log = try? String(contentsOf: stage.logFile, encoding: .utf8) {
        print("\nThe end of the engine's log:\n\(log.split(separator: "\n").suffix(25).joined(separator: "\n"))")
      }
    }
    if !once, report.failed == 0 { await stayUp(stage) }
    let status = await stage.engine.stop()
    report.check(
      "движок остановился по SIGTERM в срок · stopped in order on SIGTERM", status == 0, found: "exit \(status)")
    print("\n\(report.passed) passed, \(report.failed) failed")
    return report.failed == 0
  }

  /// Until the person has seen enough.
  private func stayUp(_ stage: DemoStage) async {
    print("\nThe engine stays up: \(stage.healthURL)  (Ctrl-C ends it; log: \(stage.logFile.path))")
    for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
  }
}
