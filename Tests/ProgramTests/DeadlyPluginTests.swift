//! A plugin that takes the process along: after five deaths its message is parked, and the others go on.
import Foundation
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DeadlyPluginTests {
  private static let flow = """
    switchboard: 1
    flow: loop
    project: shop
    listen:
      - customer: { connection: loop, events: [message] }
    steps:
      - call: { connection: loop, action: shout, arguments: { text: message.text } }

    """

  private static func configuration(port: Int) -> String {
    """
    switchboard: 1
    server: { listen: "127.0.0.1:\(port)", public_url: "http://127.0.0.1:\(port)" }
    storage: "sqlite:switchboard.db"
    plugins: [plugins/]
    projects:
      shop:
        time_zone: Europe/Moscow
        connections:
          loop: { plugin: echo, webhook_secret: open-door-of-the-loop }
        flows: flows

    """
  }

  /// The Echo plugin, but for one text that it does not survive.
  private static func build(into house: House) async throws {
    let sources = Program.root.appendingPathComponent("Plugins/Echo/Sources/Echo")
    var files: [String] = []
    let names = try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted()
    for name in names where name.hasSuffix(".swift") {
      var text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      text = text.replacingOccurrences(
        of: "    switch action.name {\n",
        with: "    if action.arguments[\"text\"] == \"яд\" { Glibc.abort() }\n    switch action.name {\n")
      try house.write("deadly/\(name)", "import Glibc\n" + text)
      files.append(house.path("deadly/\(name)"))
    }
    try FileManager.default.createDirectory(
      at: house.folder.appendingPathComponent("plugins"), withIntermediateDirectories: true)
    let products = try Program.folder().path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["swiftc", "-emit-library", "-swift-version", "6", "-module-name", "Echo", "-I", products + "/Modules"]
      + ["-L", products, "-lSwitchboardSDK", "-o", house.path("plugins/libDeadly.so")] + files
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    try #require(status == 0, "swiftc ended with \(status)")
  }

  private func call(_ stage: Stage, _ text: String, chat: String) async throws -> Int? {
    let body = #"{"id":"\#(text)","chat":"\#(chat)","text":"\#(text)"}"#
    return try? await stage.post("/api/webhooks/echo/loop/open-door-of-the-loop", Array(body.utf8)).status
  }

  @Test func `a message that kills the process is parked after five deaths, and the others go on`() async throws {
    var settings = StageSettings()
    settings.clockRate = 1
    try await Stage.play(settings, startsEngine: false) { stage in
      try await Self.build(into: stage.house)
      try stage.house.write("switchboard.yaml", Self.configuration(port: stage.port))
      try FileManager.default.removeItem(atPath: stage.house.path("flows/desk.yaml"))
      try stage.house.write("flows/loop.yaml", Self.flow)
      try await stage.engine.start()
      #expect(try await call(stage, "до", chat: "c1") == 200)
      try await stage.logSays("shout on loop", "m:до")
      // Whether its answer still goes out or not: it is in the journal.
      _ = try await call(stage, "яд", chat: "c2")
      var deaths = 0
      while deaths < 12 {
        try await Patience.until("the engine's death or its health") {
          if await !stage.engine.isAlive { return true }
          return (try? await stage.health()["counts"]["parked_runs"]) == 1
        }
        if await stage.engine.isAlive { break }
        deaths += 1
        try await stage.engine.spawn()
      }
      // The first was not noted yet.
      #expect(deaths == 6)
      try await stage.logSays("parked, the lane waits for a person", "died 5 times")
      #expect(try await call(stage, "после", chat: "c1") == 200)
      try await stage.logSays("shout on loop", "m:после")
      let listed = try await stage.house.run(["dead", "list", "--database", "switchboard.db"])
      #expect(listed.output.contains("the engine died 5 times while this message was in hand"), "\(listed)")
    }
  }
}
