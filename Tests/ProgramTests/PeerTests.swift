//! Peers that misbehave on the wire, seen from outside the program: each costs its own conversation time, nobody
//! else's, and no message.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

/// Side by side: they wait for time-outs of 30 s more than they work.
@Suite(.timeLimit(.minutes(10)))
struct PeerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var misdeed: FaultyProxy.Misdeed
    /// Whether the engine can know that the call was not performed; otherwise one copy more is allowed.
    var isSurelyNotPerformed = false
    var testDescription: String { name }
  }

  private static func answer(_ status: String, _ body: String, _ headers: String = "") -> FaultyProxy.Misdeed {
    .answers("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  private static let page = "<html><body>Sign in to the hotel's network</body></html>"
  private static let busy = #"{"ok":false,"error_code":429,"description":"Too Many Requests"}"#

  static let cases: [Case] = [
    Case(name: "half-open", misdeed: .ignores),
    Case(name: "one byte in a tenth of a second", misdeed: .drips),
    Case(name: "half a JSON, then the end", misdeed: .cuts(after: 140, resets: false)),
    Case(name: "half a JSON, then RST", misdeed: .cuts(after: 140, resets: true)),
    Case(name: "RST before the first byte", misdeed: .cuts(after: 0, resets: true)),
    Case(name: "RST for the request", misdeed: .resets),
    Case(
      name: "a Content-Length too large",
      misdeed: .answers("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"ok\":true}")),
    Case(
      name: "a Content-Length too small",
      misdeed: .answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"ok\":true,\"result\":{\"message_id\":1}}")),
    Case(
      name: "a negative Content-Length",
      misdeed: .answers("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{\"ok\":true}")),
    Case(name: "a page instead of JSON", misdeed: answer("200 OK", page, "Content-Type: text/html\r\n")),
    Case(name: "JSON of another kind", misdeed: answer("200 OK", "[1,2,3]")),
    Case(name: "no HTTP at all", misdeed: .answers("\u{0}\u{1}SSH-2.0-x\r\n")),
    Case(name: "a body of a gigabyte", misdeed: .floods(head: "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")),
    Case(name: "a body without end", misdeed: .floods(head: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")),
    Case(name: "a header without end", misdeed: .floods(head: "HTTP/1.1 200 OK\r\nX-Long: ")),
    Case(name: "another place to go", misdeed: answer("301 Moved", "", "Location: http://169.254.169.254/\r\n")),
    Case(name: "429 without a time", misdeed: answer("429 X", busy), isSurelyNotPerformed: true),
    Case(name: "429 after -1", misdeed: answer("429 X", busy, "Retry-After: -1\r\n"), isSurelyNotPerformed: true),
    Case(
      name: "429 after a number of 40 digits",
      misdeed: answer("429 X", busy, "Retry-After: \(String(repeating: "9", count: 40))\r\n"),
      isSurelyNotPerformed: true),
    Case(
      name: "429 after a date", misdeed: answer("429 X", busy, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
      isSurelyNotPerformed: true),
    Case(name: "429 as a page", misdeed: answer("429 X", page), isSurelyNotPerformed: true),
  ]

  @Test func `each misdeed of Telegram's delays its own conversation only, and loses nothing`() async throws {
    var settings = StageSettings()
    settings.hasFaultyPeers = true
    try await Stage.play(settings) { stage in
      let line = try #require(stage.telegramLine)
      var people: [Int64] = []
      for index in Self.cases.indices {
        let person = try await stage.telegram.createUser(firstName: "P\(index)")
        people.append(person)
        // The topic is there before the trouble.
        try await stage.telegram.write(user: person, bot: stage.cast.shopBot, .text("hello-\(index)."))
      }
      try await stage.vera("hello-vera.")
      for index in people.indices { try await stage.topicShows("hello-\(index).") }
      try await stage.topicShows("hello-vera.")
      let memory = try await residentKibibytes(stage)
      for (index, one) in Self.cases.enumerated() {
        line.plan(one.misdeed, for: "first-\(index).")
        for text in ["first-\(index).", "second-\(index)."] {
          try await stage.telegram.write(user: people[index], bot: stage.cast.shopBot, .text(text))
        }
      }
      // While all of that goes on, one person is served as ever.
      let beganAt = ContinuousClock.now
      for number in 0..<20 {
        try await stage.vera("quick-\(number).")
        try await stage.topicShows("quick-\(number).", seconds: 10)
      }
      let seconds = (ContinuousClock.now - beganAt) / .seconds(1)
      print("20 messages beside \(Self.cases.count) kinds of trouble: \(seconds) s")
      for index in people.indices { try await stage.topicShows("second-\(index).", seconds: 180) }
      let shown = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      for (index, one) in Self.cases.enumerated() {
        let mine = shown.filter { $0.hasSuffix("-\(index).") && !$0.hasPrefix("quick") }
        var known: Set<String> = []
        let firsts = mine.filter { known.insert($0).inserted }
        #expect(firsts == ["hello-\(index).", "first-\(index).", "second-\(index)."], "\(one.name): \(mine)")
        let copies = mine.count { $0 == "first-\(index)." }
        #expect(copies == 1 || (copies == 2 && !one.isSurelyNotPerformed), "\(one.name): \(copies) copies")
        #expect(mine.count { $0 == "second-\(index)." } == 1, "\(one.name): \(mine)")
      }
      #expect(await stage.engine.isAlive)
      let grown = try await residentKibibytes(stage) - memory
      #expect(grown < 96 * 1_024, "\(grown) KiB more after endless bodies")
      // Nothing in the log names the token, whatever the peer sent.
      #expect(!stage.engine.log().contains(Secrets.deskToken))
    }
  }

  @Test func `a channel that hangs, breaks and comes back is received from again by itself`() async throws {
    var settings = StageSettings()
    settings.hasFaultyPeers = true
    try await Stage.play(settings) { stage in
      let telegram = try #require(stage.telegramLine)
      let avito = try #require(stage.avitoLine)
      try await stage.vera("before.")
      try await stage.topicShows("before.")
      for (index, line) in [FaultyProxy.Line.down, .silent, .slow(200)].enumerated() {
        telegram.set(line)
        avito.set(line)
        if line != .down { telegram.cut(resets: true) }
        try await stage.vera("during-\(index).")
        try await stage.anna("avito-\(index).")
        if line == .down { try await stage.logSays("getUpdates: connect", "warning") }
        telegram.set(.passes)
        avito.set(.passes)
        // What hung before goes on hanging until somebody cuts it: a firewall that forgot the connection.
        if line == .silent {
          telegram.cut(resets: false)
          avito.cut(resets: false)
        }
        try await stage.topicShows("during-\(index).", seconds: 90)
        try await stage.topicShows("avito-\(index).", seconds: 90)
      }
      for misdeed in [
        FaultyProxy.Misdeed.resets, .cuts(after: 60, resets: false), .floods(head: "HTTP/1.1 200 OK\r\n\r\n"),
        Self.answer("200 OK", Self.page), Self.answer("401 X", #"{"ok":false,"error_code":401,"description":"x"}"#),
      ] {
        telegram.plan(misdeed, for: "/getUpdates")
        telegram.plan(misdeed, for: "/getUpdates")
        avito.plan(misdeed, for: "GET ")
      }
      for number in 0..<10 {
        try await stage.vera("after-\(number).")
        try await stage.anna("avito-after-\(number).")
      }
      try await stage.topicShows("after-9.", seconds: 90)
      try await stage.topicShows("avito-after-9.", seconds: 90)
      let shown = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      #expect(shown.filter { $0.hasPrefix("after-") } == (0..<10).map { "after-\($0)." })
      #expect(shown.filter { $0.hasPrefix("avito-after-") } == (0..<10).map { "avito-after-\($0)." })
      try await Patience.until("a sound health", seconds: 60) { try await stage.health()["status"] == "ok" }
    }
  }

  @Test func `whatever becomes of an answer of Avito's, the customer sees each message once`() async throws {
    var settings = StageSettings()
    settings.hasFaultyPeers = true
    try await Stage.play(settings) { stage in
      let line = try #require(stage.avitoLine)
      let chat = try await stage.anna("hello.")
      let thread = try #require(try await stage.topicShows("hello.").thread)
      let misdeeds: [FaultyProxy.Misdeed] = [
        .cuts(after: 0, resets: true), .cuts(after: 60, resets: false), .drips, .resets,
        Self.answer("200 OK", Self.page), Self.answer("502 X", Self.page),
        .answers("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}"),
        .floods(head: "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"),
        Self.answer("429 X", "{}", "Retry-After: soon\r\n"),
        Self.answer("401 X", #"{"result":{"message":"invalid access token","status":false}}"#),
      ]
      for (index, misdeed) in misdeeds.enumerated() {
        line.plan(misdeed, for: "answer-\(index).")
        try await stage.telegram.write(
          user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("answer-\(index)."))
      }
      let expected = misdeeds.indices.map { "answer-\($0)." }
      try await Patience.until("all answers on Avito", seconds: 180) {
        await stage.avito.seen(chat: chat).last?.text == expected.last
      }
      #expect(await stage.avito.seen(chat: chat).map(\.text) == expected)
    }
  }

  private func residentKibibytes(_ stage: Stage) async throws -> Int {
    let process = try #require(await stage.engine.processID)
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}
