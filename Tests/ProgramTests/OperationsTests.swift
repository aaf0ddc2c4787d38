//! What people see and mend beside a running engine: runs, lanes, timers, one message's story, and backups.
import Emulators
import Foundation
import JournalSQLite
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct OperationsTests {
  private static let refusal = #"{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}"#
  /// The usual flow with an auto-reply, 75 s of the stage's clock after a message.
  private static let flowWithAutoReply = Texts.flow.replacingOccurrences(
    of: "on_error: { retry: { times: 8",
    with: "          - id: auto\n"
      + "            auto_reply: { after: 75s, from: first, unless: operator_answered, text: \"Скоро ответим\" }\n"
      + "on_error: { retry: { times: 8")

  private func verb(_ stage: Stage, _ arguments: String...) async throws -> Program.Ended {
    try await stage.house.run(arguments)
  }

  private func json(_ stage: Stage, _ arguments: String...) async throws -> Value {
    let ended = try await stage.house.run(arguments + ["--json"])
    #expect(ended.status == 0, "\(arguments): \(ended.output)")
    return try JSON.parse(Array(ended.output.utf8))
  }

  @Test func `a stuck lane, its runs and the story of a message behind the poison are told in words`() async throws {
    try await Stage.play { stage in
      await stage.telegram.addFault(
        Fault(.answer(status: 400, body: Self.refusal), operation: "sendMessage", containing: "отрава"))
      for text in ["отрава", "за ней"] { try await stage.vera(text) }
      try await stage.anna("мимо")
      try await stage.topicShows("мимо")
      try await stage.logSays("parked, the lane waits for a person")
      try await Patience.until("two open runs") {
        try await json(stage, "runs", "--status", "open").listValue?.count == 2
      }
      let lane = try #require(try await json(stage, "lanes").listValue?.first)
      #expect(lane["open_runs"] == 2 && lane["head"]["status"] == "parked", "\(lane)")
      let name = try #require(lane["lane"].textValue)
      let shown = try await verb(stage, "lanes", "show", name)
      #expect(shown.output.contains("waits for a person (switchboard dead retry"), "\(shown)")
      let behind = try #require(try await json(stage, "runs", "--lane", name, "--status", "queued").listValue?.first)
      let message = try #require(behind["message"].textValue)
      let why = try await verb(stage, "why", message)
      #expect(why.status == 0 && why.output.contains("waits in its lane behind run"), "\(why)")
      #expect(why.output.contains("message text is empty"), "\(why)")
      let done = try #require(try await json(stage, "runs", "--status", "done", "--limit", "1").listValue?.first)
      let told = try await verb(stage, "why", String(try #require(done["run"].intValue)))
      #expect(told.output.contains("step rules came to") && told.output.contains("v1"), "\(told)")
      #expect(told.output.contains("sent at") && told.output.contains("1 attempt"), "\(told)")
      #expect(try await verb(stage, "why", "m:nobody").status == 1)
      #expect(try await verb(stage, "dead", "retry", "--lane", name).status == 0)
      try await stage.topicShows("за ней")
      #expect(try await verb(stage, "lanes").output.contains("no lane has work before it"))
    }
  }

  @Test func `a timer is listed, run now once, and another is cancelled for good`() async throws {
    var settings = StageSettings()
    settings.flow = Self.flowWithAutoReply
    // The machine's time: nothing comes due by itself.
    settings.clockRate = 1
    try await Stage.play(settings) { stage in
      try await stage.vera("первое")
      let chat = try await stage.anna("второе")
      try await stage.topicShows("первое")
      try await stage.topicShows("второе")
      var timers: [Value] = []
      try await Patience.until("two timers") {
        timers = try await json(stage, "timers", "list", "--project", "shop").listValue ?? []
        return timers.count == 2
      }
      let ofAvito = try #require(timers.first { $0["lane"].textValue?.contains("avito") == true })
      let ofBot = try #require(timers.first { $0["lane"].textValue?.contains("shop-bot") == true })
      #expect(ofAvito["text"] == "Скоро ответим")
      let cancelled = try #require(ofBot["key"].textValue)
      #expect(try await verb(stage, "timers", "cancel", cancelled).status == 0)
      #expect(try await verb(stage, "timers", "cancel", cancelled).status == 1)
      let key = try #require(ofAvito["key"].textValue)
      #expect(try await verb(stage, "timers", "run", key).status == 0)
      try await Patience.until("the auto-reply on Avito") {
        await stage.avito.seen(chat: chat).last?.text == "Скоро ответим"
      }
      try await Patience.until("no timer") { try await json(stage, "timers").listValue == [] }
      #expect(try await verb(stage, "timers", "run", key).status == 1)
      let runs = try await json(stage, "runs", "--limit", "10").listValue ?? []
      let fired = try #require(runs.first { $0["outcome"] == "auto-replied" }?["message"].textValue)
      let why = try await verb(stage, "why", fired)
      #expect(why.output.contains("it came due and became run"), "\(why)")
      #expect(why.output.contains("begun by the auto-reply's timer"), "\(why)")
      #expect(await stage.avito.seen(chat: chat).filter { $0.text == "Скоро ответим" }.count == 1)
    }
  }

  @Test func `a backup taken under load is whole, is not put over a running engine, and starts`() async throws {
    var settings = StageSettings()
    settings.flow = Self.flowWithAutoReply
    try await Stage.play(settings) { stage in
      for number in 0..<12 { try await stage.vera("до \(number).") }
      try await stage.topicShows("до 3.")
      let backup = try await verb(stage, "db", "backup", "copy.db")
      #expect(backup.status == 0 && backup.output.contains("checked"), "\(backup)")
      #expect(try await verb(stage, "db", "backup", "copy.db").status == 2)
      try await stage.topicShows("до 11.")
      #expect(try await verb(stage, "db", "restore", "copy.db").status == 2)
      let live = try await verb(stage, "db", "restore", "copy.db", "--replace")
      #expect(live.status == 2 && live.output.contains("in use"), "\(live)")
      #expect(try await stage.engine.stop().status == 0)
      let restored = try await verb(stage, "db", "restore", "copy.db", "--replace")
      #expect(restored.status == 0 && restored.output.contains("replaced-"), "\(restored)")
      #expect(try SQLiteFile(path: stage.house.path("switchboard.db")).versions().file > 0)
      let known = try await json(stage, "runs", "--limit", "100").listValue?.count ?? 0
      #expect(known > 0 && known <= 12)
      try await stage.engine.start()
      try await stage.vera("после")
      try await stage.topicShows("после")
      // What the backup had as unsent goes out now; nothing of it is lost, the first auto-reply comes once.
      try await Patience.until("the end of all runs") {
        try await stage.health()["counts"]["open_runs"] == 0
      }
      for number in 0..<12 {
        let shown = await stage.shown(containing: "до \(number).")
        #expect(!shown.isEmpty)
      }
    }
  }

  @Test func `a timer that came due since the backup fires once after it was put back`() async throws {
    var settings = StageSettings()
    settings.flow = Self.flowWithAutoReply.replacingOccurrences(of: "after: 75s", with: "after: 1h")
    try await Stage.play(settings) { stage in
      try await stage.vera("вопрос")
      try await stage.topicShows("вопрос")
      try await Patience.until("the timer") { try await stage.health()["counts"]["pending_timers"] == 1 }
      #expect(try await verb(stage, "db", "backup", "copy.db").status == 0)
      await stage.engine.killHard()
      #expect(try await verb(stage, "db", "restore", "copy.db", "--replace").status == 0)
      // At twenty seconds a second, an origin that lies 7,200/19 s back makes two hours more.
      let later = "\(stage.clock.origin.adding(milliseconds: -7_200_000 / 19).milliseconds)"
      for _ in 0..<2 {
        try await stage.engine.start("--clock-origin", later)
        try await Patience.until("no timer") { try await stage.health()["counts"]["pending_timers"] == 0 }
        try await Patience.until("no open run") { try await stage.health()["counts"]["open_runs"] == 0 }
        await stage.engine.killHard()
      }
      let replies = await stage.telegram.seen().filter { $0.chat == stage.cast.vera && $0.text == "Скоро ответим" }
      #expect(replies.count == 1)
    }
  }

  @Test func `migrate and info tell versions and sizes, and refuse what is none`() async throws {
    let house = try House.sound()
    #expect(try await house.run(["migrate", "--check"]).status == 1)
    let first = try await house.run(["migrate"])
    #expect(first.status == 0 && first.output.contains("schema version 0 →"), "\(first)")
    #expect(try await house.run(["migrate", "--check"]).output.contains("nothing to do"))
    let info = try await house.run(["db", "info"])
    #expect(info.status == 0 && info.output.contains("sqlite, schema version"), "\(info)")
    try house.write("other.db", "no database, but long enough to be looked at as if it were one, and then some more")
    for arguments in [
      ["migrate", "--database", "other.db"], ["db", "info", "--database", "other.db"],
      ["db", "restore", "other.db", "--replace"], ["db", "restore", "missing.db"], ["runs", "--database", "none.db"],
      ["runs", "--status", "merry"],
    ] {
      let ended = try await house.run(arguments)
      #expect(ended.status == 2, "\(arguments): \(ended)")
    }
    #expect(try await house.run(["db", "info"]).status == 0)
  }
}
