import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct AutoReplyTests {
  @Test func `nobody answers for 75 seconds and the greeting goes out once`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.timersStarted(1)
      try await rig.customer("Ау!")
      await rig.finished(2)
      rig.clock.advance(milliseconds: 75_000)
      await rig.finished(3)
      try await rig.customer("Спасибо")
      await rig.finished(4)
      rig.clock.advance(milliseconds: 75_000)
      try await rig.customer("Пока")
      await rig.finished(5)
    }
    #expect(rig.connections.texts.filter { $0 == "Скоро ответим" }.count == 1)
    #expect(rig.outcomes[2] == "auto-replied")
  }

  @Test func `one millisecond early nothing has gone out`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.timersStarted(1)
      rig.clock.advance(milliseconds: 74_999)
      try await rig.customer("Ау!")
      await rig.finished(2)
      #expect(!rig.connections.texts.contains("Скоро ответим"))
      rig.clock.advance(milliseconds: 1)
      await rig.finished(3)
    }
    #expect(rig.connections.texts.last == "Скоро ответим")
  }

  @Test func `an operator's answer in time takes the auto-reply away`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.timersStarted(1)
      await rig.finished(1)
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(2)
      #expect(try await journal.counts().pendingTimers == 0)
      rig.clock.advance(milliseconds: 3_600_000)
      try await rig.customer("Отлично")
      await rig.finished(3)
      #expect(try await journal.counts().pendingTimers == 0)
    }
    #expect(!rig.connections.texts.contains("Скоро ответим"))
  }

  @Test func `an answer in the channel's own app counts, the echo of our own message does not`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?", chat: "c1")
      try await rig.customer("Торг есть?", chat: "c2")
      await rig.timersStarted(2)
      await rig.finished(2)
      try await rig.echo("Да, продаём", id: "app-1", chat: "c1")
      await rig.finished(3)
      rig.clock.advance(milliseconds: 75_000)
      await rig.finished(5)
      let sent = try #require(rig.connections.calls.firstIndex { $0.action.message?.text == "Скоро ответим" })
      try await rig.echo("Скоро ответим", id: "\(sent + 1)", chat: "c2")
      try await rig.customer("Ясно", chat: "c2")
      await rig.finished(6)
    }
    #expect(rig.connections.texts.filter { $0 == "Скоро ответим" }.count == 1)
    #expect(rig.outcomes[2] == "answered in the channel's own app")
    #expect(Set(rig.outcomes[3...4]) == ["auto-reply off: answered", "auto-replied"])
  }

  @Test func `a timer that came due while the engine was down fires once after the start`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let first = try await EngineRig(journal: journal, clock: clock)
    try await first.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
    }
    clock.advance(milliseconds: 600_000)
    let second = try await EngineRig(journal: journal, clock: clock)
    try await second.playing { rig in
      await rig.finished(1)
    }
    let third = try await EngineRig(journal: journal, clock: clock)
    try await third.playing { rig in
      try await rig.customer("Ау!", chat: "c2")
      await rig.finished(1)
    }
    #expect(second.connections.texts == ["Скоро ответим"])
    #expect(!third.connections.texts.contains("Скоро ответим"))
  }

  /// Anna writes at 0 and at 74 s; her second message is on its way until after the first one's timer has fired.
  private func play(_ from: AutoReply.CountFrom) async throws -> EngineRig {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [DemoLikeFlow.desk(from: from, oncePer: nil)])
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.timersStarted(1)
      await rig.finished(1)
      rig.clock.advance(milliseconds: 74_000)
      let calls = rig.connections.calls.count
      rig.connections.hold("desk")
      try await rig.customer("Ау!")
      await rig.called(calls + 1)
      rig.clock.advance(milliseconds: 1_000)
      #expect(try await rig.passing(milliseconds: 0) { try await journal.counts().pendingTimers == 0 })
      rig.connections.release("desk")
      await rig.finished(3)
      #expect(try await journal.counts().pendingTimers == (from == .last ? 1 : 0))
      rig.clock.advance(milliseconds: 75_000)
      if from == .last { await rig.finished(4) }
      rig.clock.advance(milliseconds: 3_600_000)
      try await rig.customer("Спасибо", chat: "c2")
      await rig.finished(from == .last ? 5 : 4)
    }
    return rig
  }

  @Test func `a message that came before the reply has gone out puts it off, and is answered once`() async throws {
    let rig = try await play(.last)
    #expect(rig.connections.texts.filter { $0 == "Скоро ответим" }.count == 1)
    #expect(rig.outcomes[2...3] == ["auto-reply off: put off by a later message", "auto-replied"])
  }

  @Test func `counted from the first message, one reply answers everything before it`() async throws {
    let rig = try await play(.first)
    #expect(rig.connections.texts.filter { $0 == "Скоро ответим" }.count == 1)
    #expect(rig.outcomes[2] == "auto-replied")
  }
}
