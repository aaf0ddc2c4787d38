import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Turns by the channel's limits, on moments that the test names.
@Suite struct PacedLineTests {
  private static let telegram = ConnectorPacing(
    connection: RateLimit(calls: 30, perMilliseconds: 1_000), chat: RateLimit(calls: 3, perMilliseconds: 3_000),
    group: RateLimit(calls: 20, perMilliseconds: 60_000), groupPrefix: "-", actionsOutsideChats: ["answer_callback"])

  /// Calls that take no time: at which moment each waiter, in the order of queueing, had its turn.
  private static func moments(_ chats: [String], pacing: ConnectorPacing = telegram) -> [Int64] {
    let line = Line(pacing)
    for (waiter, chat) in chats.enumerated() { line.queue(waiter, for: chat, now: Timestamp(milliseconds: 0)) }
    var moments = Array(repeating: Int64(-1), count: chats.count)
    var now = Timestamp(milliseconds: 0)
    while line.waiting > 0 {
      let granted = line.grant(now: now)
      for waiter in granted {
        moments[waiter] = now.milliseconds
        line.finish(chats[waiter], at: now)
      }
      guard granted.isEmpty else { continue }
      guard let next = line.nextMoment else { break }
      now = max(next, now)
    }
    return moments
  }

  @Test func `twenty calls a minute in one group, whichever lanes they come from`() {
    let expected = (0..<45).map { Int64($0 / 20) * 60_000 }
    #expect(Self.moments(Array(repeating: "-100", count: 45)) == expected)
  }

  @Test func `a private chat takes a short burst, then one a second on average`() {
    #expect(Self.moments(Array(repeating: "7", count: 7)) == [0, 0, 0, 3_000, 3_000, 3_000, 6_000])
  }

  @Test func `thirty calls a second on one bot, in the order of asking`() {
    #expect(Self.moments((0..<95).map { "\($0)" }) == (0..<95).map { Int64($0 / 30) * 1_000 })
  }

  @Test func `a full group holds up no other chat`() {
    let chats = Array(repeating: "-100", count: 60) + (0..<5).map { "\($0)" }
    let moments = Self.moments(chats)
    #expect(moments.suffix(5) == [0, 0, 0, 0, 0])
    #expect(moments[59] == 120_000)
  }

  @Test func `a call on its way keeps its place until a minute after its end`() {
    let line = Line(Self.telegram)
    let begin = Timestamp(milliseconds: 0)
    for _ in 0..<20 { #expect(line.take("-1", now: begin)) }
    #expect(!line.take("-1", now: begin))
    line.queue(1, for: "-1", now: begin)
    #expect(line.grant(now: begin) == [])
    #expect(line.nextMoment == nil)
    line.finish("-1", at: begin.adding(milliseconds: 4_000))
    #expect(line.grant(now: begin.adding(milliseconds: 4_000)) == [])
    #expect(line.nextMoment == begin.adding(milliseconds: 64_000))
    #expect(line.grant(now: begin.adding(milliseconds: 63_999)) == [])
    #expect(line.grant(now: begin.adding(milliseconds: 64_000)) == [1])
  }

  @Test func `retry after closes its chat and no other; a second chat's refusal closes the bot`() {
    let line = Line(Self.telegram)
    let begin = Timestamp(milliseconds: 0)
    #expect(line.take("1", now: begin))
    line.close("1", isWhole: false, from: begin, until: Timestamp(milliseconds: 17_000))
    line.finish("1", at: begin)
    #expect(!line.take("1", now: Timestamp(milliseconds: 16_999)))
    #expect(line.take("2", now: Timestamp(milliseconds: 16_999)))
    line.close("2", isWhole: false, from: Timestamp(milliseconds: 16_999), until: Timestamp(milliseconds: 20_000))
    line.finish("2", at: Timestamp(milliseconds: 16_999))
    #expect(!line.take("3", now: Timestamp(milliseconds: 19_999)))
    line.queue(9, for: "3", now: Timestamp(milliseconds: 19_999))
    #expect(line.grant(now: Timestamp(milliseconds: 19_999)) == [])
    #expect(line.nextMoment == Timestamp(milliseconds: 20_000))
    #expect(line.grant(now: Timestamp(milliseconds: 20_000)) == [9])
  }

  @Test func `a clock set back an hour holds nobody up for an hour`() {
    let line = Line(Self.telegram)
    let late = Timestamp(milliseconds: 7_200_000)
    for _ in 0..<20 { #expect(line.take("-1", now: late)) }
    for _ in 0..<20 { line.finish("-1", at: late) }
    line.queue(1, for: "-1", now: late)
    #expect(line.grant(now: late) == [])
    #expect(line.grant(now: late.adding(milliseconds: -3_600_000)) == [1])
  }

  @Test func `two nodes get half of what they share, and all of what is one node's`() {
    let line = Line(Self.telegram)
    line.set(Self.telegram, inFlightMax: 64, nodes: 2)
    let now = Timestamp(milliseconds: 0)
    var taken = 0
    while line.take("-1", now: now) { taken += 1 }
    #expect(taken == 10)
    taken = 0
    while line.take("1", now: now) { taken += 1 }
    #expect(taken == 3)
    while line.take("\(taken)", now: now) { taken += 1 }
    // 15 calls of the bot in all.
    #expect(taken == 5)
  }

  @Test func `a call that was not made gives its place back at once`() {
    let line = Line(ConnectorPacing(chat: RateLimit(calls: 1, perMilliseconds: 1_000)))
    let now = Timestamp(milliseconds: 0)
    #expect(line.take("1", now: now))
    line.finish("1", at: nil)
    #expect(line.take("1", now: now))
    #expect(!line.take("1", now: now))
  }

  @Test func `answers to buttons count for the bot and for no chat`() {
    let line = Line(Self.telegram)
    let answer = Action(name: "answer_callback", idempotencyKey: "k", chat: "1")
    for _ in 0..<10 { #expect(line.take(line.chat(of: answer), now: Timestamp(milliseconds: 0))) }
    let send = Action(name: "send", idempotencyKey: "k", chat: "1")
    #expect(line.chat(of: send) == "1")
  }
}

/// Behind a reference, so that `#expect` may call what changes it.
private final class Line {
  private var line: PacedLine
  init(_ pacing: ConnectorPacing) { line = PacedLine(pacing: pacing) }

  var waiting: Int { line.waiting }
  var nextMoment: Timestamp? { line.nextMoment }
  func set(_ pacing: ConnectorPacing, inFlightMax: Int, nodes: Int) {
    line.set(pacing, inFlightMax: inFlightMax, nodes: nodes)
  }
  func chat(of action: Action) -> String { line.chat(of: action) }
  func take(_ chat: String, now: Timestamp) -> Bool { line.take(chat, now: now) }
  func queue(_ waiter: Int, for chat: String, now: Timestamp) { line.queue(waiter, for: chat, now: now) }
  func grant(now: Timestamp) -> [Int] { line.grant(now: now) }
  func finish(_ chat: String, at now: Timestamp?) { line.finish(chat, at: now) }
  func close(_ chat: String, isWhole: Bool, from now: Timestamp, until: Timestamp) {
    line.close(chat, isWhole: isWhole, from: now, until: until)
  }
}
