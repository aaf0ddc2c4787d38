import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Testing

/// What each function of the libraries `text` and `time` gives, and that the API's table tells no more and no less.
@Suite struct RuleLibraryTests {
  private static let examples: [(String, String)] = [
    ("text.has_any('Сколько СТОИТ ещё?', { 'цена', 'стоит' })", "true"),
    ("text.has_any('ок', {})", "false"),
    ("text.has_all('Диван и кресло', { 'диван', 'кресло' })", "true"),
    ("text.has_all('Диван', { 'диван', 'кресло' })", "false"),
    ("text.has_all('Диван', {})", "false"),
    ("text.has_word('с доставкой', 'доставка')", "true"),
    ("text.has_word('перестановка', 'остановка')", "false"),
    ("text.has_all_words('цены на диваны', { 'диван', 'цена' })", "true"),
    ("text.has_close('а дотавка есть?', { 'доставка' })", "true"),
    ("text.has_close('а дотвка есть?', { 'доставка' })", "true"),
    ("text.has_close('кот', { 'код' })", "false"),
    ("text.has_close('кот', { 'код' }, 1)", "true"),
    ("text.has_close('дсотавка', 'доставка', 1)", "true"),
    ("text.contains('Ёлка', 'елк')", "true"),
    ("text.starts_with('  Привет всем', 'привет')", "true"),
    ("text.starts_with('Привет', '')", "false"),
    ("text.ends_with('Ну что же, ПОКА ', 'пока')", "true"),
    ("text.equals(' Ещё  да', 'еще да')", "true"),
    ("text.equals('да', 'дав')", "false"),
    ("text.is_blank(' \\n\\t')", "true"),
    ("text.is_blank('.')", "false"),
    ("text.distance('кошка', 'Мышка')", "2"),
    ("text.distance('', 'абв')", "3"),
    ("text.fold('ЁЖ  и')", "еж и"),
    ("text.lower('ЁЖ')", "ёж"),
    ("text.upper('ёж')", "ЁЖ"),
    ("text.trim('  а б ')", "а б"),
    ("table.concat(text.words('Да, нет-нет! 5'), '|')", "Да|нет-нет|5"),
    ("text.stem('доставкой')", "доставк"),
    ("text.length('ёж')", "2"),
    ("table.concat(text.split('а;б;;в', ';'), '|')", "а|б||в"),
    ("#text.split('', ';')", "1"),
    ("text.shorten('Длинный текст', 8)", "Длинный…"),
    ("text.shorten('ёж', 2)", "ёж"),
    ("text.fill('{name}, {n} {{шт}', { name = 'Анна', n = 3 })", "Анна, 3 {шт}"),
    ("text.plural(1, 'день', 'дня', 'дней')", "день"),
    ("text.plural(22, 'день', 'дня', 'дней')", "дня"),
    ("text.plural(11, 'день', 'дня', 'дней')", "дней"),
    ("text.plural(-5, 'день', 'дня', 'дней')", "дней"),
    ("text.find_phone('звоните 8 (912) 345-67-89')", "+79123456789"),
    ("text.find_phone('код 1234')", "nil"),
    ("table.concat(text.find_phones('89123456789, +7 912 345 67 88 и 89123456789'), ' ')",
      "+79123456789 +79123456788"),
    ("text.find_price('за 5 тыс отдадите?')", "5000"),
    ("text.find_number('шкаф 2,5 м')", "2.5"),
    ("text.find_number('минус -3')", "-3"),
    ("text.find_number('нет')", "nil"),
    ("text.find_email('пишите на Anna.P@mail.ru.')", "anna.p@mail.ru"),
    ("text.find_email('a@b и @anna')", "nil"),
    ("text.find_link('вот (https://example.com/a?b=1), да')", "https://example.com/a?b=1"),
    ("text.find_link('www.example.com.')", "www.example.com"),
    ("text.find_link('нет')", "nil"),
    ("text.digits('код 12-34')", "1234"),
    ("text.language('Hello, мир')", "en"),
    ("text.language('Привет, Bob')", "ru"),
    ("text.language('123')", "nil"),
    ("time.at(1772434800).iso", "2026-03-02T07:00:00+00:00"),
    ("time.at(1772434800).weekday", "1"),
    ("time.at(951782399).date", "2000-02-28"),
    ("time.at(951782400).yearday", "60"),
    ("time.at(-1).clock", "23:59"),
    ("time.parse('2026-03-02T10:00:00+03:00')", "1772434800"),
    ("time.parse('2026-03-02')", "1772409600"),
    ("time.parse('2026-03-02 07:00')", "1772434800"),
    ("time.parse('2026-02-30')", "nil"),
    ("time.parse('завтра')", "nil"),
    ("time.between({ hour = 22, minute = 0 }, '21:00', '09:00')", "true"),
    ("time.between({ hour = 9, minute = 0 }, '21:00', '9:00')", "false"),
    ("time.between({ hour = 23, minute = 59 }, '00:00', '24:00')", "true"),
    ("time.is_weekend({ weekday = 6 })", "true"),
    ("time.is_weekend({ weekday = 5 })", "false"),
    ("time.is_date({ year = 2026, month = 3, day = 8 }, { '2025-03-08', '03-08' })", "true"),
    ("time.is_date({ year = 2026, month = 3, day = 8 }, '2025-03-08')", "false"),
  ]

  private func run(_ call: String) throws -> String {
    let source = RuleSource(name: "c", file: "c.lua", bytes: Array("return tostring((\(call)))".utf8))
    let outcome = try #require(RuleChunk.run([source])?.first)
    return try outcome.result.get().textValue ?? ""
  }

  @Test(arguments: examples)
  func `a function gives what its example says`(call: String, expected: String) throws {
    #expect(try run(call) == expected)  // a chunk's project stands in UTC
  }

  @Test func `every function of the table has an example and reads as it is written`() {
    for library in RuleAPI.libraries {
      for function in library.functions {
        #expect(Self.examples.contains { $0.0.contains("\(library.name).\(function.name)(") }, "\(function.name)")
        #expect(function.parameters.allSatisfy { !$0.name.isEmpty && !$0.type.isEmpty }, "\(function)")
        #expect(!function.returns.isEmpty && !function.english.isEmpty && !function.russian.isEmpty, "\(function)")
      }
    }
  }

  @Test func `the sandbox has the fields that the table names and no others`() async throws {
    let rig = try RuleRig()
    for object in RuleAPI.objects where !object.isOpen {
      let known = object.fields.map(\.name)
      let list = known.map { "'\($0)'" }.joined(separator: ", ")
      var call = RuleCall.sample()
      var message = try #require(call.message.mapValue)
      message["callback"] = ["id": "1", "data": "c", "message_id": nil]
      call.message = .map(message)
      // Each field is asked for; then one that nobody has.
      let body = """
        for _, name in ipairs({ \(list) }) do local _ = \(object.path)[name] end
        local ok, problem = pcall(function() return \(object.path).no_such_field end)
        return reply(tostring(ok) .. " " .. tostring(problem))
        """
      let answer = try await rig.answer(body, call).reply
      #expect(answer?.hasPrefix("false ") == true, "\(object.path): \(answer ?? "")")
    }
    let time = RuleAPI.timeFields.map { "'\($0.name)'" }.joined(separator: ", ")
    let body = """
      local seen = {}
      for _, name in ipairs({ \(time) }) do seen[name] = true end
      for name in pairs(ctx.local_time) do if not seen[name] then return reply("also " .. name) end end
      for name in pairs(seen) do if ctx.local_time[name] == nil then return reply("no " .. name) end end
      return pass()
      """
    #expect(try await rig.answer(body).action == "pass")
  }

  @Test func `another zone is asked of the host, and one that does not exist is an error`() async throws {
    let rig = try RuleRig()
    let engine = RuleEngine(
      threadCount: 1, monotonicMilliseconds: { 0 },
      zones: { project, zone, at in
        if zone.isEmpty { return project == "shop" ? (at.milliseconds < 1_000_000_000_000 ? 7_200 : 10_800) : nil }
        return zone == "Asia/Vladivostok" ? 36_000 : nil
      })
    func answer(_ body: String) async throws -> String? {
      try rig.write("reply", "return rule { on_message = function(msg, conv, ctx) \(body) end }")
      engine.load(project: "shop", directory: rig.folder.appendingPathComponent("shop").path)
      return try await engine.judge(.sample()).reply
    }
    #expect(try await answer("return reply(time.at(ctx.now, 'Asia/Vladivostok').clock)") == "17:00")
    #expect(try await answer("return reply(time.at(0).clock .. time.at(ctx.now).clock)") == "02:0010:00")
    #expect(try await answer("return reply(time.parse('1970-01-01 02:00'))") == "0")
    let failure = await #expect(throws: RuleFailure.self) { try await answer("return reply(time.at(0, 'Mars').iso)") }
    #expect(failure?.detail == "there is no time zone 'Mars'")
    let many = "for i = 1, 101 do time.at(0, 'Asia/Vladivostok') end return pass()"
    let flood = await #expect(throws: RuleFailure.self) { try await answer(many) }
    #expect(flood?.detail == "over 100 questions about time zones in one call")
    await engine.shutdown()
  }
}
