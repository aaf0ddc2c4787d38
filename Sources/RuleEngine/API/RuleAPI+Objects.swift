//! What a rule is shown: `msg`, `conv`, `ctx` and what they hold.

extension RuleAPI {
  static let message = RuleObject(
    className: "sb.Message", path: "msg",
    fields: [
      RuleField("id", "string", "the channel's id of the message", "номер сообщения в канале"),
      RuleField("text", "string", "its text, empty when it has none", "текст; пустой, если его нет"),
      RuleField(
        "from", "string", "the label under `listen`: `customer`, `operator`",
        "метка из `listen`: `customer`, `operator`"),
      RuleField(
        "kind", "string", "`message`, `edit`, `delete`, `reaction`, `callback`, `service`",
        "`message`, `edit`, `delete`, `reaction`, `callback`, `service`"),
      RuleField("sender", "sb.Sender", "who wrote", "кто написал"),
      RuleField("chat", "sb.Chat", "where", "где"),
      RuleField(
        "attachments", "table[]", "a list of {`kind`, `label`, `url`, `name`}",
        "список {`kind`, `label`, `url`, `name`}"),
      RuleField("reply_to", "string?", "the id of the message that it answers", "номер сообщения, на которое отвечают"),
      RuleField("channel", "string", "the connection's name", "имя подключения"),
      RuleField("callback", "sb.Callback?", "the button that was pressed", "нажатая кнопка"),
    ])

  static let sender = RuleObject(
    className: "sb.Sender", path: "msg.sender",
    fields: [
      RuleField("id", "string", "the channel's id of the person", "номер человека в канале"),
      RuleField("name", "string", "the name as the channel shows it", "имя, как его показывает канал"),
      RuleField("username", "string?", "without `@`", "без `@`"),
      RuleField("is_bot", "boolean", "whether it is a program", "программа ли это"),
    ])

  static let chat = RuleObject(
    className: "sb.Chat", path: "msg.chat",
    fields: [
      RuleField("id", "string", "the channel's id of the chat", "номер чата в канале"),
      RuleField("kind", "string", "`private`, `group` or `channel`", "`private`, `group` или `channel`"),
      RuleField("title", "string?", "of a group", "название группы"),
    ])

  static let callback = RuleObject(
    className: "sb.Callback", path: "msg.callback",
    fields: [
      RuleField("id", "string", "the press", "номер нажатия"),
      RuleField("data", "string", "what the button carries", "что записано в кнопке"),
      RuleField("message_id", "string?", "the message with the button", "сообщение с кнопкой"),
    ])

  static let conversation = RuleObject(
    className: "sb.Conversation", path: "conv",
    fields: [
      RuleField("key", "string", "names the conversation for ever", "постоянное имя разговора"),
      RuleField("name", "string", "the customer's name", "имя клиента"),
      RuleField("item", "sb.Item?", "the listing it is about", "объявление, о котором разговор"),
      RuleField(
        "state", "table", "small values of your own, kept with the conversation: 16 KiB, 500 values, 8 levels",
        "ваши небольшие значения, хранятся с разговором: 16 КиБ, 500 значений, 8 уровней"),
      RuleField(
        "is_answered", "boolean", "whether an operator has answered by now", "ответил ли уже оператор"),
    ])

  static let item = RuleObject(
    className: "sb.Item", path: "conv.item",
    fields: [
      RuleField("id", "string|number|nil", "the listing's number", "номер объявления"),
      RuleField("title", "string?", "its title", "название"),
      RuleField("price", "number?", "its price", "цена"),
      RuleField("price_text", "string?", "the price as shown: `24 900 ₽`", "цена, как её видно: `24 900 ₽`"),
      RuleField("url", "string?", "its address", "ссылка"),
    ])

  static let context = RuleObject(
    className: "sb.Context", path: "ctx",
    fields: [
      RuleField("now", "integer", "unix seconds, fixed for the event", "секунды unix, одни на всё событие"),
      RuleField(
        "random", "fun(m?: integer, n?: integer): number",
        "like `math.random`; a replay draws the same numbers", "как `math.random`; при повторе числа те же"),
      RuleField("local_time", "sb.Time", "the moment by the project's clock", "время по часам проекта"),
      RuleField(
        "project", "sb.Project", "the project's settings: lists, dictionaries, texts",
        "настройки проекта: списки, словари, тексты"),
    ])

  static let project = RuleObject(
    className: "sb.Project", path: "ctx.project",
    fields: [
      RuleField("stop_words", "string[]?", "words of refused messages", "слова, с которыми сообщения не нужны"),
      RuleField("greeting", "string?", "the usual first answer", "обычный первый ответ"),
      RuleField("auto_reply_after", "string?", "how long to wait for an operator", "сколько ждать оператора"),
      RuleField("hours", "table?", "working hours", "часы работы"),
    ],
    isOpen: true)

  /// What `ctx.local_time`, `time.at` and friends give.
  package static let timeFields: [RuleField] = [
    RuleField("year", "integer", "", ""), RuleField("month", "integer", "1 to 12", "от 1 до 12"),
    RuleField("day", "integer", "1 to 31", "от 1 до 31"), RuleField("hour", "integer", "0 to 23", "от 0 до 23"),
    RuleField("minute", "integer", "", ""), RuleField("second", "integer", "", ""),
    RuleField("weekday", "integer", "1 is Monday, 7 is Sunday", "1 понедельник, 7 воскресенье"),
    RuleField("yearday", "integer", "1 to 366", "от 1 до 366"),
    RuleField("unix", "integer", "the moment itself", "сам момент"),
    RuleField("iso", "string", "`2026-03-02T10:00:00+03:00`", "`2026-03-02T10:00:00+03:00`"),
    RuleField("date", "string", "`2026-03-02`", "`2026-03-02`"),
    RuleField("clock", "string", "`10:00`", "`10:00`"),
  ]
}
