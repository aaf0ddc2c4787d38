//! The libraries `text` and `time`, and how many arguments the functions of Lua's own libraries take.

extension RuleAPI {
  static let text: [RuleSignature] = [
    RuleSignature(
      "has_any(s: string, parts: string|string[]): boolean",
      "whether one of the parts occurs, letter case and ё/е aside",
      "есть ли хоть одна из частей; регистр и ё/е неважны"),
    RuleSignature(
      "has_all(s: string, parts: string|string[]): boolean", "whether every part occurs", "есть ли все части"),
    RuleSignature(
      "has_word(s: string, words: string|string[]): boolean",
      "whole words, endings aside: «доставкой» has «доставка»; phrases work too",
      "целые слова без окончаний: в «доставкой» есть «доставка»; можно и фразы"),
    RuleSignature(
      "has_all_words(s: string, words: string|string[]): boolean", "every one of them", "все эти слова"),
    RuleSignature(
      "has_close(s: string, words: string|string[], edits?: integer): boolean",
      "words with slips: «дотавка» is close to «доставка»; 1 slip from 4 letters, 2 from 8, or as many as `edits`",
      "слова с опечатками: «дотавка» близка к «доставка»; 1 опечатка от 4 букв, 2 от 8 или сколько сказано в `edits`"),
    RuleSignature(
      "contains(s: string, part: string): boolean", "like `has_any` with one part", "как `has_any` с одной частью"),
    RuleSignature("starts_with(s: string, part: string): boolean", "whether it begins so", "начинается ли так"),
    RuleSignature("ends_with(s: string, part: string): boolean", "whether it ends so", "кончается ли так"),
    RuleSignature(
      "equals(s: string, other: string): boolean", "the same, letter case, ё/е and blanks aside",
      "то же самое; регистр, ё/е и пробелы неважны"),
    RuleSignature("is_blank(s: string): boolean", "nothing but blanks", "одни пробелы"),
    RuleSignature(
      "distance(s: string, other: string): integer", "how many letters differ, in the first 64",
      "сколько букв различается, в первых 64"),
    RuleSignature(
      "fold(s: string): string", "lower case, ё as е, single blanks", "строчные буквы, ё как е, одиночные пробелы"),
    RuleSignature("lower(s: string): string", "lower case", "строчные буквы"),
    RuleSignature("upper(s: string): string", "upper case", "прописные буквы"),
    RuleSignature("trim(s: string): string", "without blanks at both ends", "без пробелов по краям"),
    RuleSignature("words(s: string): string[]", "the words as written", "слова, как написаны"),
    RuleSignature("stem(word: string): string", "a word without its ending", "слово без окончания"),
    RuleSignature(
      "length(s: string): integer", "the number of characters (`#` counts bytes)", "число знаков (`#` считает байты)"),
    RuleSignature(
      "split(s: string, separator: string): string[]", "the parts between separators", "части между разделителями"),
    RuleSignature(
      "shorten(s: string, length: integer): string", "at most so many characters and then `…`",
      "не больше стольких знаков, дальше `…`"),
    RuleSignature(
      "fill(template: string, values: table): string", "puts values into `{name}` holes; `{{` is a brace",
      "подставляет значения в `{имя}`; `{{` это скобка"),
    RuleSignature(
      "plural(n: integer, one: string, few: string, many: string): string",
      "the form for a number: `plural(5, \"день\", \"дня\", \"дней\")` is «дней»",
      "форма для числа: `plural(5, \"день\", \"дня\", \"дней\")` даёт «дней»"),
    RuleSignature(
      "find_phone(s: string): string?", "the first telephone number as `+79123456789`, or nil",
      "первый телефон в виде `+79123456789` или nil"),
    RuleSignature("find_phones(s: string): string[]", "all of them, at most 20", "все телефоны, до 20"),
    RuleSignature(
      "find_price(s: string): number?", "the first amount with its unit («5 тыс», «1 200 ₽»), or nil",
      "первая сумма с единицей («5 тыс», «1 200 ₽») или nil"),
    RuleSignature(
      "find_number(s: string): number?", "the first number: «2,5 м» gives 2.5", "первое число: «2,5 м» даёт 2.5"),
    RuleSignature("find_email(s: string): string?", "the first mail address", "первый адрес почты"),
    RuleSignature(
      "find_link(s: string): string?", "the first `http`, `https` or `www` address",
      "первая ссылка `http`, `https` или `www`"),
    RuleSignature("digits(s: string): string", "the digits alone", "только цифры"),
    RuleSignature(
      "language(s: string): string?", "`ru` or `en` by its letters, or nil", "`ru` или `en` по буквам, или nil"),
  ]

  static let time: [RuleSignature] = [
    RuleSignature(
      "at(seconds: integer, zone?: string): sb.Time",
      "a moment as a clock shows it, in the project's zone or another (`Asia/Vladivostok`)",
      "момент по часам проекта или другой зоны (`Asia/Vladivostok`)"),
    RuleSignature(
      "parse(s: string): integer?",
      "`2026-03-02`, `2026-03-02 10:00`, `2026-03-02T10:00:00+03:00` as unix seconds, or nil",
      "`2026-03-02`, `2026-03-02 10:00`, `2026-03-02T10:00:00+03:00` как секунды unix или nil"),
    RuleSignature(
      "between(t: sb.Time, from: string, to: string): boolean",
      "from `\"21:00\"` to just before `\"09:00\"`, over midnight as well",
      "от `\"21:00\"` и до `\"09:00\"`, можно и через полночь"),
    RuleSignature("is_weekend(t: sb.Time): boolean", "Saturday or Sunday", "суббота или воскресенье"),
    RuleSignature(
      "is_date(t: sb.Time, dates: string|string[]): boolean",
      "one of the dates: `2026-03-08`, or `03-08` of every year",
      "одна из дат: `2026-03-08` или `03-08` каждого года"),
  ]

  /// Lua's own functions by the number of arguments they take; the others take any number.
  static let stockArguments: [String: ClosedRange<Int>] = [
    "string.find": 2...4, "string.match": 2...3, "string.gmatch": 2...3, "string.gsub": 3...4, "string.rep": 2...3,
    "string.sub": 2...3, "string.len": 1...1, "string.lower": 1...1, "string.upper": 1...1, "string.reverse": 1...1,
    "string.byte": 1...3, "table.concat": 1...4, "table.insert": 2...3, "table.remove": 1...2, "table.sort": 1...2,
    "table.unpack": 1...3, "table.move": 4...5, "utf8.len": 1...4, "utf8.offset": 2...3, "utf8.codes": 1...2,
    "math.floor": 1...1, "math.ceil": 1...1, "math.abs": 1...1, "math.sqrt": 1...1, "math.random": 0...2,
    "math.tointeger": 1...1, "math.type": 1...1, "tostring": 1...1, "tonumber": 1...2, "type": 1...1, "pairs": 1...1,
    "ipairs": 1...1, "next": 1...2, "rawlen": 1...1, "rawget": 2...2, "rawequal": 2...2, "setmetatable": 2...2,
    "getmetatable": 1...1,
  ]
}
