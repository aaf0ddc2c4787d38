//! What two real nodes do as one: they serve one publication, fire schedules and timers once, and miss no hint long.
import Emulators
import Foundation
import HTTPTransport
import PostgresServer
import SwitchboardSDK
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(8)), .enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct NodesTests {
  @Test func `a node with other files serves what is published and says so; a publication reaches both`() async throws {
    try await TwoNodes.play(startsSecond: false) { nodes in
      let house = nodes.stage.house
      let other = Texts.flow.replacingOccurrences(of: "[{rules.reply}]", with: "<{rules.reply}>")
      try house.write("elsewhere/desk.yaml", other)
      let second = try String(contentsOfFile: house.path("second.yaml"), encoding: .utf8)
      try house.write("second.yaml", second.replacingOccurrences(of: "flows: flows", with: "flows: elsewhere"))
      try await nodes.second.start("--config", "second.yaml", "--node", "two")
      #expect(nodes.second.log().contains("the files here are not what the other nodes serve: publication 1"))
      let state = try await nodes.health(of: "two")["publications"][0]
      #expect(state["number"] == 1 && state["files_differ"] == true)
      try await Self.both(nodes, serve: 1)

      let done = try await house.run(["publish", "--config", "second.yaml", "--by", "anna"])
      #expect(done.status == 0 && done.output.contains("publication 2"), "\(done.output)")
      #expect(done.output.contains("serves on: one, two"), "\(done.output)")
      try await Self.both(nodes, serve: 2)
      try await nodes.stage.vera("раз")
      #expect(try await nodes.stage.topicShows("\nраз").text == "<v1>\nраз")

      // The node whose files are the old ones comes back: it decides nothing either.
      _ = try await nodes.stage.engine.stop()
      try await nodes.stage.engine.start("--node", "one")
      try await nodes.stage.logSays("the files here are not what the other nodes serve", "publication 2")
      try await Self.both(nodes, serve: 2)
    }
  }

  private static func both(_ nodes: TwoNodes, serve number: Int) async throws {
    for port in [nodes.stage.port, nodes.secondPort] {
      try await Patience.until("both nodes to be known to serve publication \(number)") {
        let answer = try await nodes.stage.http.send(HTTPRequest(url: "http://127.0.0.1:\(port)/metrics"))
        let text = String(decoding: answer.body, as: UTF8.self)
        return ["one", "two"].allSatisfy {
          text.contains("switchboard_publication_node{project=\"shop\",node=\"\($0)\"} \(number)\n")
        }
      }
    }
    for node in ["one", "two"] {
      let told = try await nodes.health(of: node)["publications"][0]["nodes"].listValue ?? []
      #expect(told.compactMap { $0["node"].textValue }.sorted() == ["one", "two"])
      #expect(told.allSatisfy { $0["number"].intValue == Int64(number) })
    }
  }

  private static let greeting = Texts.flow.replacingOccurrences(
    of: "prefix: \"[{rules.reply}]\" }",
    with: "prefix: \"[{rules.reply}]\" }\n          - auto_reply: { after: 10s, text: \"Скоро ответим\" }")

  private static func pulse(_ group: Int64) -> String {
    """
    switchboard: 1
    flow: pulse
    project: shop
    listen:
      - beat: { every: 1s }
    steps:
      - send: { to: desk, chat: "\(group)", text: "пульс {event.external_id}" }
    on_error: { retry: { times: 8, first: 1s, max: 5s, jitter: full }, then: park }

    """
  }

  @Test func `schedules and timers fire once over two nodes, one of which dies`() async throws {
    try await TwoNodes.play(
      files: { ["flows/desk.yaml": Self.greeting, "flows/pulse.yaml": Self.pulse($0.cast.group)] }
    ) { nodes in
      try await nodes.share()
      try await nodes.write(rounds: 0..<1) { _ in }
      let before = await Self.beats(nodes).count
      await nodes.stage.engine.killHard()
      try await nodes.takesOver("two")
      try await Patience.until("beats after the take-over") { await Self.beats(nodes).count >= before + 5 }
      for person in nodes.people {
        try await Patience.until("a greeting for \(person)") { await Self.greetings(nodes, person) > 0 }
      }
      let more = await Self.beats(nodes).count
      try await Patience.until("more beats") { await Self.beats(nodes).count >= more + 3 }
      for person in nodes.people { #expect(await Self.greetings(nodes, person) == 1) }
      // The one call that was under way when the node died may have been made again.
      let beats = await Self.beats(nodes)
      #expect(beats.count - Set(beats).count <= 1, "\(beats)")
      #expect(try await nodes.health(of: "two")["counts"]["pending_timers"] == 0)
    }
  }

  private static func beats(_ nodes: TwoNodes) async -> [String] {
    await nodes.stage.telegram.seen(chat: nodes.stage.cast.group).map(\.text).filter { $0.hasPrefix("пульс ") }
  }

  private static func greetings(_ nodes: TwoNodes, _ person: Int64) async -> Int {
    await nodes.stage.telegram.seen(chat: person).count { $0.senderIsBot && $0.text == "Скоро ответим" }
  }

  @Test func `hints that are lost cost a moment, never a message or its order`() async throws {
    try await TwoNodes.play { nodes in
      try await nodes.share()
      let server = try PostgresServer.shared()
      try await nodes.write(rounds: 0..<8) { _ in
        try server.run(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '% hints'")
      }
      try await nodes.check(mayDouble: false)
    }
  }
}
