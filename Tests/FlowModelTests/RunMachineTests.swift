import FlowModel
import SwitchboardSDK
import Testing

@Suite struct RunMachineTests {
  @Test func `the first message of a conversation opens a thread, introduces it, pins and then speaks`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    #expect(play.start() == "open_thread desk -100 «Анна · Диван»")
    #expect(play.delivered("77") == "send desk -100/77 «Новый клиент Анна»")
    #expect(play.delivered("501") == "pin desk -100/77 501")
    #expect(play.delivered("") == "send desk -100/77 «💬 Анна\nЕщё продаёте?»")
    #expect(play.delivered("502") == "finish delivered")
    #expect(play.context.effects.boundThreads["desk"] == ThreadPlace(chat: "-100", thread: "77"))
  }

  @Test func `a thread deleted by hand is opened anew with its introduction and the message comes again`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    play.context.conversation.threads["desk"] = ThreadPlace(chat: "-100", thread: "77")
    #expect(play.start() == "send desk -100/77 «💬 Анна\nЕщё продаёте?»")
    #expect(play.failed(.threadGone) == "open_thread desk -100 «Анна · Диван»")
    #expect(play.context.effects.unboundThreads == ["desk"])
    #expect(play.delivered("78") == "send desk -100/78 «Новый клиент Анна»")
    #expect(play.delivered("601") == "pin desk -100/78 601")
    #expect(play.delivered("") == "send desk -100/78 «💬 Анна\nЕщё продаёте?»")
    #expect(play.delivered("602") == "finish delivered")
  }

  @Test func `a thread that vanishes again and again ends with a person`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    play.context.conversation.threads["desk"] = ThreadPlace(chat: "-100", thread: "77")
    _ = play.start()
    for thread in ["78", "79", "80"] {
      _ = play.failed(.threadGone)
      _ = play.delivered(thread)
    }
    #expect(play.failed(.threadGone) == "park threadGone: planned")
  }

  @Test func `a pin that may not be set does not hold back the message`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    _ = play.start()
    _ = play.delivered("77")
    #expect(play.delivered("501") == "pin desk -100/77 501")
    #expect(play.failed(.invalid) == "send desk -100/77 «💬 Анна\nЕщё продаёте?»")
  }

  @Test func `under hold a pin of unknown outcome is set again, and nobody is asked; an introduction is held`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    play.context.places["desk"]?.unknownPolicy = .hold
    _ = play.start()
    _ = play.delivered("77")
    var held = play
    #expect(held.failed(.unknown).hasPrefix("park outcome unknown"))
    #expect(play.delivered("501") == "pin desk -100/77 501")
    #expect(play.failed(.unknown) == "wait 1000")
    #expect(play.again() == "pin desk -100/77 501")
    #expect(play.delivered("") == "send desk -100/77 «💬 Анна\nЕщё продаёте?»")
    #expect(play.failed(.unknown).hasPrefix("park outcome unknown"))
  }

  @Test func `every call has its own ledger entry and keeps it through retries`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    _ = play.start()
    #expect(play.lastCall?.sequence == 1)
    #expect(play.lastCall?.attempt == 1)
    #expect(play.failed(.transient) == "wait 1000")
    _ = play.again()
    #expect(play.lastCall?.sequence == 1)
    #expect(play.lastCall?.attempt == 2)
    #expect(play.lastCall?.action.idempotencyKey == "run-7-1")
    _ = play.delivered("77")
    #expect(play.lastCall?.sequence == 2)
    #expect(play.lastCall?.attempt == 1)
  }

  @Test func `a transient failure is retried with back-off and then waits for a person`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    _ = play.start()
    for milliseconds in [1_000, 2_000, 4_000] {
      #expect(play.failed(.transient) == "wait \(milliseconds)")
      _ = play.again()
    }
    #expect(play.failed(.transient) == "park transient: planned")
    #expect(play.again() == "open_thread desk -100 «Анна · Диван»")
  }

  @Test func `a rate limit waits as long as the channel says and uses up no try`() {
    var play = MachinePlay(steps: [MachinePlay.relayToDesk()])
    _ = play.start()
    for _ in 0..<20 {
      #expect(play.failed(.rateLimited, retryAfterMilliseconds: 17_000) == "wait 17000")
      _ = play.again()
    }
    #expect(play.lastCall?.attempt == 21)
    for milliseconds in [1_000, 2_000, 4_000] {
      #expect(play.failed(.transient) == "wait \(milliseconds)")
      _ = play.again()
    }
  }

  @Test func `an operator's answer reaches the customer and is noted`() {
    var play = MachinePlay(steps: [MachinePlay.relayToOrigin(), MachinePlay.autoReply()], fromOperator: true)
    #expect(play.start() == "send avito c1 «Да, продаём»")
    #expect(play.delivered("a9") == "finish delivered")
    #expect(play.context.effects.answeredAt == play.context.now)
    #expect(play.context.effects.cancelledAutoReplies == ["auto"])
  }

  @Test func `what the customer's channel does not take is told to the operator`() {
    let voice = Attachment(kind: .voice, label: "🎤 Голосовое сообщение")
    var play = MachinePlay(steps: [MachinePlay.relayToOrigin()], fromOperator: true, attachments: [voice])
    #expect(play.start() == "send avito c1 «Да, продаём»")
    let notice = play.delivered("a9")
    #expect(notice == "send desk -100/77 «⚠️ Не доставлено: 🎤 Голосовое сообщение. Этот канал такого не принимает.»")
    #expect(play.delivered("503") == "finish delivered")
  }

  @Test func `an answer to a customer who has blocked us is told to the operator and ends as a dead letter`() {
    var play = MachinePlay(steps: [MachinePlay.relayToOrigin()], fromOperator: true)
    _ = play.start()
    #expect(play.failed(.recipientGone) == "send desk -100/77 «⚠️ Не доставлено клиенту: recipientGone: planned»")
    #expect(play.delivered("504") == "finish dead: recipientGone: planned")
  }

  @Test func `an unknown outcome is repeated or held as the connection says`() {
    var resending = MachinePlay(steps: [MachinePlay.relayToOrigin()], fromOperator: true)
    _ = resending.start()
    #expect(resending.failed(.unknown) == "wait 1000")
    var holding = MachinePlay(steps: [MachinePlay.relayToOrigin()], fromOperator: true)
    holding.context.places["avito"]?.unknownPolicy = .hold
    _ = holding.start()
    #expect(holding.failed(.unknown) == "park outcome unknown, held by the connection's policy: planned")
  }

  @Test func `a message of the origin relayed to the origin is dropped, not looped`() {
    var play = MachinePlay(steps: [MachinePlay.relayToOrigin()])
    #expect(play.start() == "finish dropped: not in a conversation's thread")
  }

  @Test func `an auto-reply is kept for 75 seconds after the message was received`() {
    var play = MachinePlay(steps: [MachinePlay.autoReply()])
    #expect(play.start() == "finish done")
    let timer = play.context.effects.timers.first
    #expect(timer?.dueAt == play.context.receivedAt.adding(milliseconds: 75_000))
    #expect(timer?.keepsEarlier == true)
  }

  @Test func `a due auto-reply speaks once and is noted`() throws {
    var play = MachinePlay(steps: [MachinePlay.autoReply()])
    _ = play.start()
    play.state = try #require(play.context.effects.timers.first).state
    #expect(play.start() == "send avito c1 «Скоро ответим»")
    #expect(play.delivered("a1") == "finish auto-replied")
    #expect(play.context.effects.autoRepliedAt == play.context.now)
  }

  @Test func `a due auto-reply is off when somebody has answered since`() throws {
    var play = MachinePlay(steps: [MachinePlay.autoReply()])
    _ = play.start()
    play.state = try #require(play.context.effects.timers.first).state
    play.context.conversation.answeredAt = play.context.receivedAt
    #expect(play.start() == "finish auto-reply off: answered")
  }

  @Test(arguments: [(12 * 3_600_000 - 1, false), (12 * 3_600_000, true)])
  func `a second auto-reply waits for the interval to pass`(milliseconds: Int64, isKept: Bool) {
    var play = MachinePlay(steps: [MachinePlay.autoReply()])
    play.context.conversation.autoRepliedAt = play.context.receivedAt.adding(milliseconds: -milliseconds)
    _ = play.start()
    #expect(play.context.effects.timers.isEmpty != isKept)
  }

  @Test func `a rule's failure takes the step's own error path`() {
    let skip = ErrorPolicy(
      retry: RetryPolicy(times: 0, firstMilliseconds: 1, maxMilliseconds: 1, hasJitter: false), last: .skip)
    var play = MachinePlay(steps: [MachinePlay.rule(onError: skip), MachinePlay.relayToDesk()])
    #expect(play.start() == "judge reply")
    #expect(
      play.verdict(.failure(RuleFailure(code: .time, rule: "reply", line: 3, detail: "100 ms")))
        == "open_thread desk -100 «Анна · Диван»")
    #expect(play.state.results["rules"]?["error"].textValue?.contains("reply:3") == true)
  }

  @Test func `state survives its journey through the journal at every step`() throws {
    var play = MachinePlay(steps: [MachinePlay.rule(onError: nil), MachinePlay.relayToDesk(), MachinePlay.autoReply()])
    _ = play.start()
    _ = play.verdict(.success(RuleDecision(action: "reply", reply: "Да", tags: ["x"], version: "v")))
    for answer in ["77", "501", "", "502"] {
      #expect(RunState(encoded: play.state.encoded) == play.state)
      _ = play.delivered(answer)
    }
    let timer = try #require(play.context.effects.timers.first)
    #expect(RunState(encoded: timer.state.encoded) == timer.state)
  }
}
