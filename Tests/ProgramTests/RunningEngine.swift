//! `switchboard run` as a child that tests start, signal and kill.
import Foundation
import SwitchboardSDK
import Testing

actor RunningEngine {
  private let house: House
  private let http: any HTTPPort
  private let healthURL: String
  private let logFile: String
  private let arguments: [String]
  private var child: Child?

  init(house: House, http: any HTTPPort, healthURL: String, logFile: String, arguments: [String]) {
    self.house = house
    self.http = http
    self.healthURL = healthURL
    self.logFile = logFile
    self.arguments = arguments
  }

  /// Returns once `/health` answers 200.
  func start(_ more: String...) async throws {
    try spawn(more)
    guard let child else { return }
    let request = HTTPRequest(url: healthURL, timeoutMilliseconds: 2_000)
    try await Patience.until("the engine's health") { [http, self] in
      if child.hasEnded { throw Overdue("the engine ended at its start with \(await child.ended()):\n\(log())") }
      return (try? await http.send(request))?.status == 200
    }
  }

  /// Returns at once.
  func spawn(_ more: [String] = []) throws {
    child = try Child(
      arguments: arguments + more, folder: house.folder, environment: Secrets.environment,
      log: URL(fileURLWithPath: logFile))
  }

  var processID: Int32? { child?.processID }

  var isAlive: Bool { child.map { !$0.hasEnded } ?? false }

  func signal(_ number: Int32) { child?.signal(number) }

  /// SIGTERM; the exit status and how long it took.
  func stop() async throws -> (status: Int32, seconds: Double) {
    guard let child else { throw Overdue("no engine was started") }
    let beganAt = ContinuousClock.now
    child.signal(SIGTERM)
    let status = await child.ended()
    return (status, Double((ContinuousClock.now - beganAt).components.seconds))
  }

  func killHard() async {
    child?.signal(SIGKILL)
    _ = await child?.ended()
  }

  /// Everything that all starts so far have said.
  nonisolated func log() -> String {
    String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: logFile))) ?? Data(), as: UTF8.self)
  }
}
