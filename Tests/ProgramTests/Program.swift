//! The real program: found beside the test bundle, started as a child, watched from outside.
import Foundation
import Synchronization
import Testing

enum Program {
  struct Ended: Sendable {
    var status: Int32
    /// Standard output and standard error together.
    var output: String
    var seconds: Double
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder with `switchboard` and the bundled plugins. A missing program is a failure, never a skipped test.
  static func folder() throws -> URL {
    let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let candidates = [
      beside, beside.deletingLastPathComponent(), Bundle.main.bundleURL,
      Bundle.main.bundleURL.deletingLastPathComponent(),
      root.appendingPathComponent(".build/debug"), root.appendingPathComponent(".build/release"),
    ]
    let found = candidates.first {
      FileManager.default.isExecutableFile(atPath: $0.appendingPathComponent("switchboard").path)
    }
    return try #require(found, "there is no switchboard beside the tests: \(candidates.map(\.path))")
      .resolvingSymlinksInPath()
  }

  static func binary() throws -> URL { try folder().appendingPathComponent("switchboard") }

  /// The environment of this process without what would colour or redirect the child's output.
  static func environment(_ more: [String: String]) -> [String: String] {
    ProcessInfo.processInfo.environment.merging(more) { _, later in later }
  }

  /// Runs to its end.
  static func run(_ arguments: [String], in folder: URL, environment: [String: String] = [:]) async throws -> Ended {
    let child = try Child(
      arguments: arguments, folder: folder, environment: environment,
      log: folder.appendingPathComponent("output-\(UUID().uuidString).txt"))
    let beganAt = ContinuousClock.now
    let status = await child.ended()
    let seconds = Double((ContinuousClock.now - beganAt).components.seconds)
    return Ended(status: status, output: child.said(), seconds: seconds)
  }
}

/// One child process, whose both outputs go to a file.
final class Child: Sendable {
  let processID: Int32
  private let log: URL
  private let exit: Exit

  /// The file is appended to.
  init(arguments: [String], folder: URL, environment: [String: String], log: URL) throws {
    if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
    let output = try FileHandle(forWritingTo: log)
    try output.seekToEnd()
    let exit = Exit()
    let process = Process()
    process.executableURL = try Program.binary()
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = Program.environment(environment)
    process.standardOutput = output
    process.standardError = output
    process.terminationHandler = { ended in
      Undertaker.common.forget(ended.processIdentifier)
      exit.happened(ended.terminationReason == .uncaughtSignal ? -ended.terminationStatus : ended.terminationStatus)
    }
    try process.run()
    Undertaker.common.follow(process.processIdentifier)
    try output.close()
    processID = process.processIdentifier
    self.exit = exit
    self.log = log
  }

  /// The exit status; minus the signal's number when one ended it.
  func ended() async -> Int32 { await exit.status() }
  var hasEnded: Bool { exit.isKnown }
  func signal(_ number: Int32) { if !hasEnded { kill(processID, number) } }
  func said() -> String { String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self) }
}

/// An exit status that may be awaited from several places.
private final class Exit: Sendable {
  private enum State {
    case running([CheckedContinuation<Int32, Never>])
    case ended(Int32)
  }
  private let state = Mutex(State.running([]))

  var isKnown: Bool {
    state.withLock { if case .ended = $0 { true } else { false } }
  }

  func happened(_ status: Int32) {
    let waiting = state.withLock { state -> [CheckedContinuation<Int32, Never>] in
      guard case .running(let waiting) = state else { return [] }
      state = .ended(status)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  func status() async -> Int32 {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Int32? in
        switch state {
        case .ended(let status): return status
        case .running(let waiting):
          state = .running(waiting + [continuation])
          return nil
        }
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
