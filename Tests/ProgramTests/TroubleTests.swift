//! Trouble while the engine runs: rules, peers and files that misbehave cost a log line, never a message.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct TroubleTests {
  private static let hungryRule = """
    return rule {
      description = "Misbehaves on command.",
      on_message = function(msg, conv, ctx)
        if msg.text == "петля" then
          while true do end
        elseif msg.text == "память" then
          local hoard = {}
          for i = 1, 1e9 do hoard[i] = { i } end
        elseif msg.text == "повтор" then
          return reply(string.rep("x", 1e9))
        elseif msg.text == "образец" then
          return reply(tostring(string.find(string.rep("a", 20000), string.rep("a-", 200) .. "b")))
        elseif msg.text == "ошибка" then
          return reply(nil .. "x")
        end
        return reply("v1")
      end,
    }

    """

  @Test func `a rule that loops, hoards or explodes costs a log line with its line and budget`() async throws {
    var settings = StageSettings()
    settings.rule = Self.hungryRule
    try await Stage.play(settings) { stage in
      for text in ["петля", "память", "повтор", "образец", "ошибка", "обычное"] {
        try await stage.vera(text)
        let shown = try await stage.topicShows("\n" + text)
        #expect(shown.text == (text == "обычное" ? "[v1]\n" : "[]\n") + text)
      }
      try await stage.logSays("rule reply:5 gave no decision", "instruction", "message", "run")
      try await stage.logSays("rule reply:8 gave no decision", "memory")
      try await stage.logSays("rule reply:10 gave no decision", "memory")
      try await stage.logSays("rule reply:12 gave no decision")
      try await stage.logSays("rule reply:14 gave no decision")
      #expect(await stage.engine.isAlive)
    }
  }

  @Test func `a broken rule file keeps the old version, says where, and the mended one is taken up`() async throws {
    try await Stage.play { stage in
      try await stage.vera("раз")
      #expect(try await stage.topicShows("\nраз").text == "[v1]\nраз")
      try stage.house.write("rules/reply.lua", Texts.rule("v2").replacingOccurrences(of: "end,", with: "end end,"))
      try await stage.logSays("rules/reply.lua:5", "goes on serving", "\"error\"")
      try await stage.vera("два")
      #expect(try await stage.topicShows("\nдва").text == "[v1]\nдва")
      try stage.house.write("rules/reply.lua", Texts.rule("v3"))
      try await stage.logSays("rule loaded, version")
      try await stage.vera("три")
      #expect(try await stage.topicShows("\nтри").text == "[v3]\nтри")
    }
  }

  @Test func `SIGHUP takes up a new flow, and a broken one leaves the old serving`() async throws {
    try await Stage.play { stage in
      try stage.house.write(
        "flows/desk.yaml", Texts.flow.replacingOccurrences(of: "- relay: { to: desk", with: "- relya: { to: desk"))
      await stage.engine.signal(SIGHUP)
      try await stage.logSays("reload refused", "flows/desk.yaml:20:", "SB0204")
      try await stage.vera("при старом")
      #expect(try await stage.topicShows("\nпри старом").text == "[v1]\nпри старом")
      try stage.house.write(
        "flows/desk.yaml", Texts.flow.replacingOccurrences(of: "[{rules.reply}]", with: "<{rules.reply}>"))
      await stage.engine.signal(SIGHUP)
      try await stage.logSays("flows published")
      try await stage.vera("при новом")
      #expect(try await stage.topicShows("\nпри новом").text == "<v1>\nпри новом")
      try FileManager.default.removeItem(atPath: stage.house.path("flows"))
      await stage.engine.signal(SIGHUP)
      try await stage.logSays("reload refused", "no such folder")
      try await stage.vera("без папки")
      #expect(try await stage.topicShows("\nбез папки").text == "<v1>\nбез папки")
    }
  }

  @Test func `answers that are not JSON delay messages and lose none`() async throws {
    try await Stage.play { stage in
      let page = "<html><body>502 nginx</body></html>"
      await stage.telegram.addFault(
        Fault(.answer(status: 200, body: page), operation: "sendMessage", times: 2, containing: "первое"))
      await stage.telegram.addFault(
        Fault(.answer(status: 502, body: "{\"ok\":"), operation: "sendMessage", containing: "второе"))
      await stage.telegram.addFault(Fault(.answer(status: 200, body: page), operation: "getUpdates"))
      await stage.avito.addFault(Fault(.answer(status: 200, body: page), operation: "getChatsV2"))
      for text in ["первое", "второе", "третье"] { try await stage.vera(text) }
      try await stage.topicShows("третье")
      let mine = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      #expect(mine == ["первое", "второе", "третье"])
      let chat = try await stage.anna("с Авито")
      let thread = try #require(try await stage.topicShows("с Авито").thread)
      await stage.avito.addFault(Fault(.answer(status: 200, body: page), operation: "postSendMessage"))
      try await stage.telegram.write(user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("назад"))
      try await stage.telegram.write(user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("и ещё"))
      try await Patience.until("both answers on Avito") { await stage.avito.seen(chat: chat).count >= 2 }
      #expect(await stage.avito.seen(chat: chat).map(\.text) == ["назад", "и ещё"])
      try await stage.logSays("failed, attempt 1", "desk", "message")
    }
  }

  @Test func `getid is answered with the place and is nobody's message`() async throws {
    try await Stage.play { stage in
      try await stage.vera("здравствуйте")
      let thread = try #require(try await stage.topicShows("здравствуйте").thread)
      try await stage.telegram.write(user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("/getid"))
      let group = stage.cast.group
      let answer = try await stage.appears("the answer to /getid") { $0.chat == group && $0.text.hasPrefix("chat_id:") }
      #expect(answer.text == "chat_id: \(group)\nThread ID: \(thread)" && answer.thread == thread)
      let vera = stage.cast.vera
      try await stage.vera("/getid")
      try await stage.appears("the answer in private") { $0.chat == vera && $0.text == "chat_id: \(vera)" }
      try await stage.vera("конец")
      try await stage.topicShows("конец")
      #expect(await stage.shown(containing: "/getid").isEmpty)
    }
  }

  @Test func `SIGTERM ends in order, within its deadline, while calls are under way`() async throws {
    try await Stage.play { stage in
      try await stage.vera("до")
      try await stage.topicShows("до")
      await stage.telegram.addFault(Fault(.neverAnswer, operation: "sendMessage", times: 100))
      try await stage.vera("в пути")
      try await Patience.until("the call that is never answered") {
        await stage.telegram.requestLog().requests.contains {
          ($0.parameters["text"]?.textValue ?? "").contains("в пути")
        }
      }
      let (status, seconds) = try await stage.engine.stop()
      #expect(status == 0 && seconds <= 20, "status \(status) after \(seconds) s")
      await stage.telegram.clearFaults()
      try await stage.engine.start()
      try await stage.topicShows("в пути")
      let (second, quick) = try await stage.engine.stop()
      #expect(second == 0 && quick <= 20)
    }
  }
}
