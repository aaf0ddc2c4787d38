//! One engine between load and far end, with everything about it started and ended in order.
import Foundation
import HTTPTransport
import JournalSQLite
import SwitchboardSDK

/// An actor only because the engine is started once and must be ended.
actor BenchStage {
  nonisolated let house: BenchHouse
  nonisolated let stub: ChannelStub
  private let transport: CurlTransport
  private var engine: EngineProcess?

  nonisolated var databasePath: String { house.folder.appendingPathComponent("bench.db").path }

  private init(house: BenchHouse, stub: ChannelStub, transport: CurlTransport) {
    self.house = house
    self.stub = stub
    self.transport = transport
  }

  /// Runs the body with a far end that serves; ends the engine, if the body has started it, and the far end.
  static func with<Answer: Sendable>(
    home: String, storage: String = "sqlite:bench.db", projectCount: Int = 1, roundTripMilliseconds: Int64 = 0,
    stuckDialog: Int? = nil, dialogs: Int = 1, _ body: (BenchStage) async throws -> Answer
  ) async throws -> Answer {
    try await BenchFolder.with { folder in
      let transport = try CurlTransport()
      let stub = try BenchFolder.stub(
        roundTripMilliseconds: roundTripMilliseconds, stuckDialog: stuckDialog, dialogs: dialogs)
      async let served: Void = BenchThread.run { stub.serve() }
      let house = try BenchHouse(
        home: home, folder: folder, storage: storage, projectCount: projectCount, farEnd: stub.baseURL)
      let stage = BenchStage(house: house, stub: stub, transport: transport)
      do {
        let answer = try await body(stage)
        await stage.end(inOrder: true)
        await served
        return answer
      } catch {
        await stage.end(inOrder: false)
        await served
        throw error
      }
    }
  }

  func start() async throws -> EngineProcess {
    let engine = try house.prepare(http: transport)
    self.engine = engine
    try await engine.start()
    return engine
  }

  /// Returns as soon as the process runs.
  func startWithoutWaiting() async throws -> EngineProcess {
    let engine = try house.prepare(http: transport)
    self.engine = engine
    try await engine.launch()
    return engine
  }

  /// Starts and stops an engine once, to learn under which version it serves the flow.
  func publishedVersion() async throws -> String {
    let engine = try await start()
    let health = try await transport.send(HTTPRequest(url: "http://127.0.0.1:\(house.port)/health"))
    await engine.stop()
    self.engine = nil
    let version = (try? JSON.parse(health.body))?["flows"][0]["version"].textValue
    guard let version else { throw DemoFailure("/health tells no flow's version") }
    return version
  }

  private func end(inOrder: Bool) async {
    if inOrder { await engine?.stop() } else { await engine?.killHard() }
    stub.stop()
    await transport.shutdown()
  }
}
