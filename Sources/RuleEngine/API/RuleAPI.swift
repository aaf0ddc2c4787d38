//! The whole rule API as one table. The check, the reference pages and the editor's annotations are made from it, and
//! a test holds it against the sandbox: a name is in all of them or in none.

package enum RuleAPI {
  /// The handlers a rule may have, by the kind of event; each is called with `msg`, `conv` and `ctx`.
  package static let handlers: [RuleField] = [
    RuleField(
      "on_message", "sb.Handler", "a message; also every event without a handler of its own",
      "сообщение; а также всё, для чего нет отдельного обработчика"),
    RuleField(
      "on_edit", "sb.Handler", "a message was edited; `msg.text` is the new text",
      "сообщение изменили; в `msg.text` новый текст"),
    RuleField("on_delete", "sb.Handler", "a message was deleted", "сообщение удалили"),
    RuleField("on_reaction", "sb.Handler", "somebody reacted to a message", "на сообщение поставили реакцию"),
    RuleField(
      "on_callback", "sb.Handler", "a button was pressed; see `msg.callback`",
      "нажали кнопку; смотрите `msg.callback`"),
    RuleField(
      "on_timer", "sb.Handler", "a flow was started by `every` or `cron`", "сценарий запущен по `every` или `cron`"),
    RuleField("on_service", "sb.Handler", "something about the chat itself", "событие самого чата"),
  ]

  package static let decisions: [RuleSignature] = [
    RuleSignature("pass(): sb.Decision", "nothing to say; the flow goes on", "сказать нечего; сценарий идёт дальше"),
    RuleSignature(
      "reply(text: string|number): sb.Decision", "a text for the customer, `rules.reply` in the flow",
      "текст для клиента, в сценарии `rules.reply`"),
    RuleSignature(
      "route(name: string): sb.Decision", "a branch for the flow, `rules.route`", "ветка сценария, `rules.route`"),
    RuleSignature(
      "block(reason?: string): sb.Decision", "the sender is not to be answered; the flow decides what that means",
      "отправителю не отвечать; что это значит, решает сценарий"),
    RuleSignature(
      "drop(reason?: string): sb.Decision", "this message goes no further", "это сообщение дальше не идёт"),
  ]

  /// Methods of a decision, each of which returns it.
  package static let decisionMethods: [RuleSignature] = [
    RuleSignature(
      "tag(name: string): sb.Decision", "adds a tag, up to 20; `rules.tags` in the flow",
      "добавляет метку, до 20; в сценарии `rules.tags`"),
    RuleSignature(
      "set(name: string, value: string|number|boolean): sb.Decision",
      "a named value for the flow, up to 20: `rules.values.name`",
      "именованное значение для сценария, до 20: `rules.values.name`"),
  ]

  package static let libraries: [(name: String, functions: [RuleSignature])] = [("text", text), ("time", time)]

  /// Where a decision's table form, the rule's declaration and printing live.
  package static let globals: [RuleSignature] = [
    RuleSignature(
      "rule(declaration: sb.Rule): sb.Rule", "declares the rule; the file ends with `return rule { … }`",
      "объявляет правило; файл кончается на `return rule { … }`"),
    RuleSignature(
      "print(...?: any): nil", "a line in the run log, 100 lines and 16 KiB a call",
      "строка в журнал, до 100 строк и 16 КиБ за вызов"),
  ]

  package static let objects: [RuleObject] = [message, sender, chat, callback, conversation, item, context, project]

  /// Every library function with its own name, `text.has_any`.
  package static let functions: [String: RuleSignature] = {
    var functions: [String: RuleSignature] = [:]
    for library in libraries {
      for function in library.functions { functions["\(library.name).\(function.name)"] = function }
    }
    for function in decisions + globals where function.name != "print" { functions[function.name] = function }
    return functions
  }()
}
