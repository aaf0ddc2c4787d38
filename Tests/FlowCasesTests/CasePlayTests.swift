import FlowCases
import Testing

/// What cases find right, and what they find wrong, on the whole engine.
@Suite struct CasePlayTests {
  @Test func `the example of the contract holds`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: an operator's answer cancels the auto-reply
          clock: 2026-03-02T10:00:00+03:00
          play:
            - in: { connection: avito-main, chat: c1, from: anna, text: "Ещё продаёте?" }
            - advance: 60s
            - in: { connection: desk, thread: conversation(c1), from: operator, text: "Да" }
            - advance: 1h
          expect:
            - out:  { connection: desk, text: { contains: "продаёте" } }
            - out:  { connection: avito-main, chat: c1, text: "Да" }
            - none: { step: auto }
        - name: a crash between send and settle sends once
          play:
            [ { in: { connection: avito-main, chat: c1, text: hi } }, { advance: 75s }, { crash: after_send },
            { restart: } ]
          expect: [ { out: { connection: avito-main, chat: c1 }, times: 1 } ]
      """)
    #expect(result.isPassed && result.cases.count == 2, "\(result.problems)")
    #expect(result.cases.last?.story.contains { $0.contains("crash") } == true)
  }

  @Test(arguments: [
    ("- out: { connection: avito-main, text: \"Нет\" }", "nothing like this went out"),
    ("- { out: { step: auto }, times: 2 }", "this went out once, expected 2 times"),
    ("- none: { step: auto }", "this went out once, expected never"),
    ("- pending: { step: auto }", "there are 0 pending timers like this, expected at least one"),
    ("- run: { status: dead }", "there are 0 runs like this"),
    ("- conversation: { chat: c1, answered: true }", "conversation c1 is otherwise"),
    ("- decision: { action: reply }", "a rule decided this never"),
    ("- out: { text: { matches: \"*ответ??\" } }\n      - out: { step: auto }", "expected above already"),
  ])
  func `an expectation that is not met says so, with its place and what there was`(
    expectation: String, message: String
  ) async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: one
          play: [ { in: { connection: avito-main, chat: c1, text: "Привет" } }, { advance: 2m } ]
          expect:
            \(expectation)
      """)
    #expect(!result.isPassed)
    #expect(result.problems.contains(message), "\(result.problems)")
    #expect(result.problems.contains("desk.cases.yaml:"))
    #expect(result.problems.contains("in case 'one'"))
    #expect(result.problems.contains("what happened:"))
  }

  @Test func `a failure shows the nearest thing that went out and where it differs`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: one
          play: [ { in: { connection: avito-main, chat: c1, text: "Привет" } }, { advance: 75s } ]
          expect:
            - out: { connection: avito-main, chat: c1, step: auto, text: "Скоро ответим!" }
      """)
    #expect(result.problems.contains("desk.cases.yaml:8:9: failed: nothing like this went out"), "\(result.problems)")
    #expect(result.problems.contains("nearest: +75s avito-main c1 «Скоро ответим» (step auto)"), "\(result.problems)")
    #expect(result.problems.contains("text: expected «Скоро ответим!», got «Скоро ответим»"), "\(result.problems)")
  }

  @Test func `a channel refuses what its plugin does not take`() async throws {
    let workshop = try CaseWorkshop()
    let flow = """
      switchboard: 1
      flow: desk
      listen: [ { customer: { connection: avito-main } } ]
      steps:
        - { id: away, send: { to: desk, chat: "-42", text: "всем" }, on_error: { retry: none, then: skip } }
        - { id: known, send: { to: desk, chat: "-43", text: "всем" }, on_error: { retry: none, then: skip } }
      """
    try workshop.write(flow, to: "desk.yaml")
    let result = try await workshop.play(
      """
        - name: one
          play: [ { in: { connection: avito-main, chat: c1, text: "Привет" } } ]
          expect:
            - none: { step: away }
            - out: { step: known, chat: -43 }
      """, head: "chats: { desk: [-43] }")
    #expect(result.isPassed, "\(result.problems)")
    #expect(result.cases.first?.story.contains { $0.contains("refused") && $0.contains("no chat '-42'") } == true)
  }

  @Test func `a crash that never comes is told`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: one
          play: [ { advance: 1s }, { crash: after_send }, { restart: } ]
          expect: [ { none: { } } ]
      """)
    #expect(result.problems.contains("the crash 'after_send' never came: nothing was sent to crash at"))
  }

  @Test func `a channel that cannot be asked gets an unknown message again`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: resend
          play:
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            - crash: { at: after_send, connection: desk }
            - restart:
            - advance: 1m
          expect: [ { out: { connection: desk, text: "Привет" }, times: 2 } ]
      """)
    #expect(result.isPassed, "\(result.problems)")
  }

  @Test func `faults, a lost answer and a stop in order are played`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: an answer that was lost is asked for
          play:
            - fault: { connection: avito-main, reply: timeout_after }
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            - advance: 75s
          expect: [ { out: { connection: avito-main }, times: 1 }, { run: { outcome: auto-replied } } ]
        - name: a channel that is away for a while
          play:
            - fault: { connection: desk, reply: 503, for: 10s }
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            - expect: [ { none: { connection: desk } }, { run: { status: waiting } } ]
            - restart:
            - advance: 1m
          expect: [ { out: { connection: desk, text: "Привет" }, times: 1 } ]
        - name: a recipient that is gone
          play:
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            - fault: { connection: avito-main, reply: 403 }
            - in: { connection: desk, thread: conversation(c1), from: op, text: "Да" }
          expect: [ { run: { from: operator, status: dead } } ]
      """)
    #expect(result.isPassed, "\(result.problems)")
  }

  @Test func `the same event twice runs once`() async throws {
    let result = try await CaseWorkshop().play(
      """
        - name: one
          play:
            - in: { connection: avito-main, chat: c1, text: "Привет", external_id: x }
            - in: { connection: avito-main, chat: c1, text: "Привет", external_id: x }
          expect: [ { out: { connection: desk }, times: 1 }, { run: {}, times: 1 } ]
      """)
    #expect(result.isPassed, "\(result.problems)")
  }

  @Test func `a new version is published while a timer is pending`() async throws {
    let workshop = try CaseWorkshop()
    try workshop.write(CaseWorkshop.desk.replacing("Скоро ответим", with: "Иначе"), to: "next.yaml.txt")
    let result = try await workshop.play(
      """
        - name: pinned
          play:
            - in: { connection: avito-main, chat: c1, text: "Привет" }
            - publish: next.yaml.txt
            - in: { connection: avito-main, chat: c2, text: "Привет" }
            - advance: 75s
          expect:
            - out: { chat: c1, text: "Скоро ответим" }
            - out: { chat: c2, text: "Иначе" }
      """)
    #expect(result.isPassed, "\(result.problems)")
  }

  @Test func `a snapshot is recorded, holds, and tells the first line that differs`() async throws {
    let workshop = try CaseWorkshop()
    let cases = """
        - name: one
          play: [ { in: { connection: avito-main, chat: c1, text: "TEXT" } }, { advance: 75s } ]
          snapshot: true
      """
    let missing = try await workshop.play(cases)
    #expect(missing.problems.contains("there is no snapshot of this case yet"))
    let recorded = try await workshop.play(cases, updates: true)
    #expect(recorded.isPassed && recorded.cases.first?.isUpdated == true)
    #expect(try workshop.text("desk.snapshots.txt").contains("avito-main c1 «Скоро ответим»"))
    #expect(try await workshop.play(cases).isPassed)
    let changed = try await workshop.play(cases.replacing("TEXT", with: "Другое"))
    #expect(changed.problems.contains("went otherwise than its snapshot, from line 1 on"), "\(changed.problems)")
  }

  @Test func `a year passes, and each auto-reply comes in its time`() async throws {
    let steps = (1...12).map { _ in
      "            - in: { connection: avito-main, chat: c1, text: \"Привет\" }\n            - advance: 30d"
    }
    let result = try await CaseWorkshop().play(
      "  - name: year\n    play:\n\(steps.joined(separator: "\n"))\n    expect: [ { out: { step: auto }, times: 12 } ]")
    #expect(result.isPassed, "\(result.problems)")
  }

  @Test func `a filter plays only what it names`() async throws {
    let cases = """
        - { name: first one, play: [ { advance: 1s } ], expect: [ { none: {} } ] }
        - { name: second, play: [ { advance: 1s } ], expect: [ { out: {} } ] }
      """
    let result = try await CaseWorkshop().play(cases, filter: "FIRST")
    #expect(result.cases.map(\.name) == ["first one"])
    #expect(result.isPassed)
  }

  @Test func `a rule's cases hold its decisions, its failures and what it prints`() async throws {
    let workshop = try CaseWorkshop()
    try workshop.write(
      """
      return rule {
        description = "t",
        on_message = function(msg, conv, ctx)
          print("hour", ctx.local_time.hour)
          if msg.text == "boom" then error("broken") end
          conv.state.seen = true
          return reply(ctx.project.greeting):tag(msg.sender.name)
        end,
      }
      """, to: "greet.lua")
    try workshop.write(
      """
      rule: greet
      time_zone: Europe/Moscow
      settings: { greeting: Привет }
      cases:
        - name: greets
          clock: 2026-03-02T21:30:00
          in: { text: hi, sender: { id: 1, name: Анна } }
          expect: { action: reply, reply: Привет, tags: [Анна], state: { seen: true }, printed: { contains: "21" } }
        - name: fails
          in: { text: boom }
          expect: { error: { contains: broken } }
        - name: wrong
          in: { text: hi }
          expect: { reply: Пока }
      """, to: "greet.cases.yaml")
    let result = await workshop.run("greet.cases.yaml")
    #expect(result.cases.map(\.isPassed) == [true, true, false], "\(result.problems)")
    #expect(result.problems.contains("reply: expected «Пока», got «Привет»"))
  }
}
