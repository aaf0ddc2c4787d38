//! `docs/rules/reference.md` and `.ru.md`, made from the table of the API; a test holds the pages against it.

package struct RuleReference: Sendable {
  package enum Language: String, Sendable, CaseIterable { case english, russian }

  let language: Language
  package init(_ language: Language) { self.language = language }

  private func words(_ english: String, _ russian: String) -> String { language == .english ? english : russian }
  private func meaning(_ signature: RuleSignature) -> String { words(signature.english, signature.russian) }

  package var text: String {
    var text = words(
      """
      # Rules: everything there is

      [По-русски](reference.ru.md) · [guide](guide.md) · [gallery](gallery.md)

      This page is made by `switchboard schema --lua --markdown`; do not edit it. An argument in brackets may be left
      out.


      """,
      """
      # Правила: всё, что есть

      [In English](reference.md) · [руководство](guide.ru.md) · [галерея](gallery.ru.md)

      Эту страницу создаёт `switchboard schema --lua --markdown --russian`; не правьте её. Аргумент в скобках можно
      опустить.


      """)
    text += table(
      words("Handlers", "Обработчики"), [words("handler", "обработчик"), words("is asked about", "о чём спрашивают")],
      RuleAPI.handlers.map { ["`\($0.name)`", words($0.english, $0.russian)] })
    text += table(
      words("Decisions", "Решения"), [words("decision", "решение"), words("meaning", "значение")],
      RuleAPI.decisions.map { ["`\($0.shown(in: nil))`", meaning($0)] }
        + RuleAPI.decisionMethods.map { ["`:\($0.shown(in: nil))`", meaning($0)] })
    for object in RuleAPI.objects {
      text += table(
        "`\(object.path)`", [words("field", "поле"), words("type", "тип"), words("meaning", "значение")],
        object.fields.map { ["`\($0.name)`", type($0.type), words($0.english, $0.russian)] })
    }
    text += table(
      words("A time", "Время"), [words("field", "поле"), words("type", "тип"), words("meaning", "значение")],
      RuleAPI.timeFields.map { ["`\($0.name)`", type($0.type), words($0.english, $0.russian)] })
    for library in RuleAPI.libraries {
      text += table(
        "`\(library.name)`", [words("function", "функция"), words("gives", "даёт"), words("meaning", "значение")],
        library.functions.map { ["`\($0.shown(in: library.name))`", type($0.returns), meaning($0)] })
    }
    text += table(
      words("The rest", "Остальное"), [words("function", "функция"), words("meaning", "значение")],
      RuleAPI.globals.map { ["`\($0.shown(in: nil))`", meaning($0)] })
    let stock = RuleNames.members.filter { members in !RuleAPI.libraries.contains { $0.name == members.key } }
    text += table(
      words("Of Lua itself", "Из самого Lua"), [words("library", "библиотека"), words("functions", "функции")],
      stock.sorted { $0.key < $1.key }.map { library, names in
        ["`\(library)`", names.sorted().map { "`\($0)`" }.joined(separator: " ")]
      })
    return String(text.dropLast())
  }

  private func type(_ type: String) -> String {
    let plain = type.replacing("sb.Time", with: words("a time", "время")).replacing("|", with: " \\| ")
    guard plain.hasSuffix("?") else { return "\(plain)" }
    return "\(plain.dropLast()) \\| nil"
  }

  private func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
    let lines = [columns, columns.map { _ in "---" }] + rows
    return "## \(title)\n\n" + lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined() + "\n"
  }
}
