import FlowLoading
import FlowModel
import SwitchboardSDK
import Testing

@Suite struct FlowLoaderTests {
  private func read(_ body: String) -> Flow? {
    let head =
      "switchboard: 1\nflow: f\nlisten:\n  - customer: { connection: avito-main }\n"
      + "  - operator: { connection: desk }\n"
    return FlowLoader.load(source: Array((head + body).utf8), file: "f.yaml", catalogue: .example).content
  }

  @Test func `what a flow leaves out takes its default`() throws {
    let flow = try #require(read("steps:\n  - reply: \"hi\"\n"))
    #expect(flow.project == "shop")
    #expect(flow.lane == .conversation)
    #expect(flow.deduplication == Deduplication(key: nil, keepMilliseconds: 30 * 86_400_000))
    #expect(flow.onError == .standard)
    #expect(flow.running == .pin)
    #expect(flow.version.utf8.count == 16)
    #expect(flow.triggers.first?.source == .events(connection: "avito-main", kinds: [.message], chats: nil))
    let step = try #require(flow.steps.first)
    #expect(step.id == "steps[0]" && !step.isNamed && step.onError == nil && step.condition == nil)
    #expect(step.place == SourcePlace(file: "f.yaml", line: 7, column: 5))
  }

  @Test func `unnamed steps are called after their place, named ones after themselves`() throws {
    let flow = try #require(
      read(
        "steps:\n  - id: way\n    route:\n      - when: event.from == \"operator\"\n        do: [ stop ]\n"
          + "      - else:\n        do: [ { id: last, drop: why }, ]\n"))
    guard case .route(let branches) = try #require(flow.steps.first).body else { return #expect(Bool(false)) }
    #expect(branches.flatMap(\.steps).map(\.id) == ["way.when[0].do[0]", "last"])
    #expect(branches.map { $0.when == nil } == [false, true])
  }

  @Test func `an auto-reply takes its times, hours and text`() throws {
    let flow = try #require(
      read(
        "steps:\n  - auto_reply: { after: 75s, from: last, unless: never, once_per: 12h,"
          + " active: { days: sat-mon, hours: \"22:00-06:30\" }, text: \"{sender.name}\" }\n"))
    guard case .autoReply(let reply) = try #require(flow.steps.first).body else { return #expect(Bool(false)) }
    #expect(reply.after == .milliseconds(75_000))
    #expect(reply.from == .last && !reply.unlessOperatorAnswered)
    #expect(
      reply.active
        == ActiveHours(days: [true, false, false, false, false, true, true], fromMinute: 1_320, toMinute: 390))
    #expect(reply.text == .template(Template(parts: [.hole(["sender", "name"])])))
  }

  @Test func `the same bytes have the same version, others another`() {
    #expect(read("steps: [ stop ]\n")?.version == read("steps: [ stop ]\n")?.version)
    #expect(read("steps: [ stop ]\n")?.version != read("steps: [ stop ]\n\n")?.version)
  }

  @Test func `a text of a set step with holes becomes an expression of its own`() throws {
    let flow = try #require(read("vars: { a: \"\" }\nsteps:\n  - set: { vars.a: \"x {sender.name}\" }\n"))
    guard case .set(let assignments) = try #require(flow.steps.first).body else { return #expect(Bool(false)) }
    #expect(
      assignments == [
        Assignment(
          path: ["vars", "a"],
          value: .binary(.add, .literal("x "), .call("string", [.path(["sender", "name"])])))
      ])
  }

  @Test func `a flow with any byte changed loads or complains, and never crashes`() {
    var noise = Noise(state: 11)
    let source = Array(
      ("switchboard: 1\nflow: f\nlisten: [ { customer: { connection: avito-main } } ]\nsteps:\n"
        + "  - id: a\n    filter: text.has_any(message.text, [\"x\"]) or not (1 + 2 == 3)\n    else: { drop: why }\n"
        + "  - reply: { text: \"{sender.name}\", buttons: [ [ { text: \"a\", data: \"b\" } ] ] }\n").utf8)
    for _ in 0..<2_000 {
      var bytes = source
      for _ in 0...(noise.next() % 3) {
        let at = Int(noise.next() % UInt64(bytes.count))
        switch noise.next() % 3 {
        case 0: bytes[at] = UInt8(noise.next() % 128)
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8(noise.next() % 256), at: at)
        }
      }
      let loaded = FlowLoader.load(source: bytes, file: "f.yaml", catalogue: .example)
      #expect((loaded.content != nil) != loaded.hasErrors)
    }
  }
}
