//! The engine as a process of its own, so that the demo can kill it for real.
import Foundation
import Glibc
import SwitchboardSDK

/// Starts, watches and kills `switchboard run`.
actor EngineProcess {
  private let arguments: [String]
  private let environment: [String: String]
  private let logFile: URL
  private let healthURL: String
  private let http: any HTTPPort
  private var process: Process?

  init(
    arguments: [String], environment: [String: String], logFile: URL, healthURL: String, http: any HTTPPort
  ) {
    self.arguments = arguments
    self.environment = environment
    self.logFile = logFile
    self.healthURL = healthURL
    self.http = http
  }

  var processID: Int32 { process?.processIdentifier ?? 0 }

  /// Starts the engine and returns once it says that it is healthy.
  func start() async throws(DemoFailure) {
    try launch()
    try await untilHealthy()
  }

  /// Starts the engine and does not wait for it.
  func launch() throws(DemoFailure) {
    if !FileManager.default.fileExists(atPath: logFile.path) {
      _ = FileManager.default.createFile(atPath: logFile.path, contents: nil)
    }
    guard let log = FileHandle(forWritingAtPath: logFile.path) else {
      throw DemoFailure("cannot write \(logFile.path)")
    }
    log.seekToEndOfFile()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    process.environment = environment
    process.standardError = log
    process.standardOutput = log
    do { try process.run() } catch { throw DemoFailure("the engine does not start: \(error)") }
    self.process = process
  }

  private func untilHealthy() async throws(DemoFailure) {
    for _ in 0..<400 {
      guard let process, process.isRunning else { break }
      if let answer = try? await http.send(HTTPRequest(url: healthURL, timeoutMilliseconds: 2_000)),
        answer.status == 200
      {
        return
      }
      try? await Task.sleep(for: .milliseconds(25))
    }
    let tail = (try? String(contentsOf: logFile, encoding: .utf8))?.split(separator: "\n").suffix(15) ?? []
    throw DemoFailure("the engine did not come up; the end of its log:\n\(tail.joined(separator: "\n"))")
  }

  /// `kill -9`: no handler runs, nothing is flushed.
  func killHard() {
    guard let process else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  /// SIGTERM; the exit status.
  @discardableResult
  func stop() -> Int32 {
    guard let process else { return 0 }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    self.process = nil
    return process.terminationStatus
  }
}
