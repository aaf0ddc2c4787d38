import FlowModel
import SwitchboardSDK
import Testing

@Suite struct BlockTests {
  private static var broken: BlockPlay.Channel { { text, _ in text.hasPrefix("bad") ? .fails(.invalid) : .sent } }

  @Test func `a failure in 'try' leads to 'catch', which can read it, and on behind both`() {
    var play = BlockPlay(
      [
        .make(
          "t",
          .attempt(
            [.say("a", "one"), .say("b", "bad"), .say("c", "never")],
            handler: [.say("d", "{error.code} at {error.step}")])),
        .say("e", "after"),
      ], channel: Self.broken)
    play.play()
    #expect(play.sent == ["one", "invalid at b", "after"])
    #expect(play.outcome == "delivered")
  }

  @Test func `a step's own retries come before 'catch'`() {
    var play = BlockPlay(
      [.make("t", .attempt([.say("a", "weak")], handler: [.say("b", "caught")]))],
      channel: { text, time in text == "weak" && time < 2 ? .fails(.transient) : .sent })
    play.play()
    #expect(play.sent == ["weak"])
    #expect(play.elapsed == 3_000)
  }

  @Test func `a failure in 'catch' goes outward`() {
    var play = BlockPlay([
      .make(
        "outer",
        .attempt(
          [.make("inner", .attempt([.fails("a", code: "first")], handler: [.fails("b", code: "second")]))],
          handler: [.say("c", "{error.code}")]))
    ])
    play.play()
    #expect(play.sent == ["second"])
  }

  @Test func `'fail' without a 'try' takes the policy of its step`() {
    var parked = BlockPlay([.fails("a", "no stock")])
    parked.play()
    #expect(parked.outcome == "parked: no stock")
    var dead = BlockPlay([.make("a", .fail(Failing(code: "x", text: .template(Template(literal: "no")))),
      onError: .retrying(0, then: .deadLetter))])
    dead.play()
    #expect(dead.outcome == "dead: no")
  }

  @Test func `a block that is skipped leaves its error and the run goes on`() {
    var play = BlockPlay([
      .make("r", .route([Branch(when: nil, steps: [.fails("a", "gone")])]), onError: .skipAtOnce),
      .say("b", "{r.error}"),
    ])
    play.play()
    #expect(play.sent == ["gone"])
  }

  @Test func `a block with retries is begun anew`() {
    var play = BlockPlay(
      [.each("e", "[1, 2]", onError: .retrying(2, then: .park), [.say("a", "bad {item}")])],
      channel: { text, time in text == "bad 2" && time < 1 ? .fails(.invalid) : .sent })
    play.play()
    #expect(play.sent == ["bad 1", "bad 1", "bad 2"])
    #expect(play.elapsed == 1_000)
  }

  @Test func `'each' goes through its list in order and gives a list`() {
    var play = BlockPlay([
      .each("e", "vars.list", as: "word", [.say("a", "{each.index} of {each.count}: {word}")]),
      .say("b", "{e.0.message_id}, {e.1.message_id}"),
    ], vars: ["list": ["x", "y"]])
    play.play()
    #expect(play.sent == ["0 of 2: x", "1 of 2: y", "m-0 of 2: x, m-1 of 2: y"])
  }

  @Test func `what an element leaves is not read by the next`() {
    var play = BlockPlay([
      .each(
        "e", "[1, 2]", result: "a",
        [.make("a", .send(Send(target: .chat(connection: "desk", chat: Template(literal: "-100")),
          outgoing: Outgoing(text: .template(Template(literal: "once"))))), when: .parsed("item == 1"))]),
      .say("b", "{e.0.message_id}|{e.1.message_id}"),
    ])
    play.play()
    #expect(play.sent == ["once", "m-once|"])
  }

  @Test(arguments: [("5", "type"), ("vars.long", "limit"), ("vars.wide", "limit")])
  func `'each' of no list, or of too much, fails by a code`(list: String, code: String) {
    let long = Value.list((0...Limits.eachItemsMax).map { .int(Int64($0)) })
    let wide = Value.list([.text(String(repeating: "x", count: Limits.eachBytesMax))])
    var play = BlockPlay(
      [.make("t", .attempt([.each("e", list, [.say("a", "x")])], handler: [.say("b", "{error.code}")]))],
      vars: ["long": long, "wide": wide])
    play.play()
    #expect(play.sent == [code])
  }

  @Test func `steps in loops are counted over the whole run`() {
    let inner = Step.each("i", "vars.list", [.set("s", "n", "vars.n + 1")])
    var play = BlockPlay(
      [
        .make("t", .attempt([.each("e", "vars.list", [inner])], handler: [.say("b", "{error.code}: {vars.n}")]))
      ], vars: ["list": .list((0..<500).map { .int($0) }), "n": 0])
    play.play()
    #expect(play.sent == ["limit: \(Limits.stepsPerRunMax)"])
  }

  @Test func `branches make their calls at the same time and all of them end`() {
    var play = BlockPlay(
      [
        .parallel("p", [[.say("a", "a1"), .say("b", "a2")], [.say("c", "c1")], []]),
        .say("d", "{p.b0.end} {p.b1.end} {a.message_id} {c.message_id}"),
      ], channel: { text, time in text == "c1" && time == 0 ? .fails(.transient) : .sent })
    play.play()
    #expect(play.callsAtOnce == 2)
    #expect(play.sent == ["a1", "a2", "c1", "done done m-a1 m-c1"])
    #expect(play.ledger.count == 4)
    #expect(play.state.sequence == 4)
  }

  @Test func `a failure of one branch counts when all have ended`() {
    var play = BlockPlay(
      [
        .make(
          "t",
          .attempt(
            [.parallel("p", [[.say("a", "bad")], [.say("b", "slow"), .say("c", "last")]])],
            handler: [.say("d", "{error.step} {p.b1.end}")]))
      ],
      channel: { text, time in
        text == "bad" ? .fails(.invalid) : text == "slow" && time < 2 ? .fails(.transient) : .sent
      })
    play.play()
    #expect(play.sent == ["slow", "last", "a done"])
  }

  @Test func `the worst end of the branches is that of the run, and a person's try goes on where it failed`() {
    let steps: [Step] = [
      .parallel("p", [[.say("a", "bad"), .say("a2", "then")], [.make("b", .drop(reason: "x"))], [.say("c", "c")]])
    ]
    var play = BlockPlay(steps, channel: { text, time in text == "bad" && time < 1 ? .fails(.invalid) : .sent })
    play.play()
    #expect(play.outcome == "parked: invalid: planned")
    play.retry()
    #expect(play.outcome == "dropped: x")
    #expect(play.sent == ["c", "bad", "then"])
  }

  @Test func `'stop' in a branch ends the flow once the others have ended`() {
    var play = BlockPlay([
      .parallel("p", [[.make("s", .stop)], [.say("a", "a")]]), .say("b", "never"),
    ])
    play.play()
    #expect(play.sent == ["a"])
    #expect(play.outcome == "delivered")
  }

  @Test func `a sub-flow has variables of its own, and gives a result`() {
    let callee = BlockPlay.flow(
      "greet", [.set("s", "name", "upper(vars.name)"), .say("a", "{vars.name}, {vars.tone}"), .make("z", .stop)],
      vars: ["name": .null, "tone": "kindly"],
      result: .map(["said": .path(["a", "message_id"]), "name": .path(["vars", "name"])]))
    var play = BlockPlay(
      [
        .calling("g", "greet", ["name": "vars.name"]), .calling("h", "greet", ["name": "'bob'"]),
        .say("b", "{g.said} {g.name} {h.name} {vars.name}"),
      ], vars: ["name": "ann"], callees: [callee])
    play.play()
    #expect(play.sent == ["ANN, kindly", "BOB, kindly", "m-ANN, kindly ANN BOB ann"])
  }

  @Test func `sub-flows of branches keep apart`() {
    let callee = BlockPlay.flow(
      "greet", [.say("a", "first {vars.name}"), .set("s", "name", "upper(vars.name)"), .say("b", "then {vars.name}")],
      vars: ["name": .null], result: .path(["vars", "name"]))
    var play = BlockPlay(
      [
        .parallel("p", [[.calling("g", "greet", ["name": "'x'"])], [.calling("h", "greet", ["name": "'y'"])]]),
        .say("c", "{g}{h}"),
      ], callees: [callee])
    play.play()
    #expect(play.sent == ["first x", "first y", "then X", "then Y", "XY"])
  }

  @Test func `a block that takes too long ends with a timeout, whatever is in it`() {
    for body in [
      Step.each("e", "[1, 2]", timeout: 2_500, [.say("a", "slow {item}")]),
      .parallel("p", timeout: 2_500, [[.say("a", "slow")], [.say("b", "slow too")]]),
      .make("r", .route([Branch(when: nil, steps: [.say("a", "slow")])]), timeout: 2_500),
    ] {
      var play = BlockPlay(
        [.make("t", .attempt([body], handler: [.say("z", "{error.code} {error.step}")]))],
        channel: { text, _ in text.hasPrefix("slow") ? .fails(.transient) : .sent })
      play.play()
      #expect(play.sent == ["timeout \(body.id)"])
      #expect(play.elapsed <= 2_500)
    }
  }

  @Test func `the time of a block bounds the calls in it, and its end is kept over a stop`() {
    let steps: [Step] = [
      .make(
        "t", .attempt([.say("a", "silent", onError: .retrying(9, then: .park))], handler: [.say("z", "{error.code}")]),
        timeout: 2_500)
    ]
    for crashes in [false, true] {
      var play = BlockPlay(steps, channel: { text, _ in text == "silent" ? .silent : .sent })
      play.play(crashingAfter: { _ in crashes })
      #expect(play.sent == ["timeout"])
      #expect(play.elapsed == 2_500)
    }
  }

  @Test func `a person's try gives a block its time anew`() {
    var isUp = false
    var play = BlockPlay(
      [.each("e", "[1]", timeout: 500, [.say("a", "x", onError: .retrying(0, then: .park))])],
      channel: { _, _ in isUp ? .sent : .fails(.transient) })
    play.play()
    #expect(play.outcome == "parked: transient: planned")
    isUp = true
    play.retry()
    #expect(play.outcome == "delivered")
  }

  @Test func `what older versions have stored still reads`() throws {
    let old = #"{"at":3,"attempt":2,"sequence":4,"call":{"phase":"part","part":1,"begun":2},"vars":{"a":1}}"#
    let state = try #require(RunState(encoded: Array(old.utf8)))
    #expect(state.position == 3)
    #expect(state.attempt == 2)
    #expect(state.call?.sequence == 4)
    #expect(state.call?.begun == 2)
    #expect(RunState(encoded: state.encoded) == state)
    #expect(RunState(encoded: Array(#"{"at":3,"frames":[{"at":1,"kind":"later"}]}"#.utf8)) == nil)
  }
}
