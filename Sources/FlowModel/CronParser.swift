//! Reads cron expressions, and says at which character one goes wrong.

package enum CronParser {
  private struct Field {
    var name: String
    var bounds: ClosedRange<Int>
    var names: [String]
    /// The value of the first name.
    var firstName: Int
  }

  private static let fields = [
    Field(name: "minute", bounds: 0...59, names: [], firstName: 0),
    Field(name: "hour", bounds: 0...23, names: [], firstName: 0),
    Field(name: "day of the month", bounds: 1...31, names: [], firstName: 0),
    Field(
      name: "month", bounds: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1),
    Field(
      name: "day of the week", bounds: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], firstName: 0),
  ]

  private static let nicknames = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]

  /// Ranges of the error count Unicode scalars of the text.
  package static func parse(_ text: String) throws(ExpressionError) -> Cron {
    let scalars = Array(text.unicodeScalars)
    if scalars.first == "@" {
      guard let meant = nicknames[text.lowercased()] else {
        throw ExpressionError(
          0..<scalars.count, "there is no '\(text)'",
          hint: "one of: \(nicknames.keys.sorted().joined(separator: ", "))")
      }
      return try parse(meant, written: text)
    }
    return try parse(text, written: text)
  }

  private static func parse(_ text: String, written: String) throws(ExpressionError) -> Cron {
    let words = split(Array(text.unicodeScalars))
    guard words.count == fields.count else {
      let hint =
        words.count == 6
        ? "there are no seconds: take the first field away" : "minute hour day month weekday: 0 9 * * mon-fri"
      let last = words.last?.end ?? 0
      throw ExpressionError(
        words.count > 5 ? words[5].start..<last : 0..<max(last, 1),
        "a cron expression has five fields, this one has \(words.count)", hint: hint)
    }
    var sets: [UInt64] = []
    for (word, field) in zip(words, fields) { sets.append(try set(word, field)) }
    // Sunday is 0 and 7.
    if sets[4] >> 7 & 1 == 1 { sets[4] |= 1 }
    let cron = Cron(
      text: written, minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3], weekdays: sets[4] & 0x7F,
      hasAnyDay: isAny(words[2]), hasAnyWeekday: isAny(words[4]), hasEveryHour: isAny(words[1]))
    guard cron.hasAnyDay || !cron.hasAnyWeekday || hasDate(cron) else {
      throw ExpressionError(
        words[2].start..<words[2].end, "none of the months has such a day", hint: "it would never come")
    }
    return cron
  }

  private static func hasDate(_ cron: Cron) -> Bool {
    (1...12).contains { month in
      cron.months >> UInt64(month) & 1 == 1
        && (1...31).contains { day in
          cron.days >> UInt64(day) & 1 == 1 && Int64(day) <= CivilTime.daysIn(month: Int64(month), year: 2_000)
        }
    }
  }

  private struct Word {
    var scalars: [Unicode.Scalar]
    var start: Int
    var end: Int { start + scalars.count }
  }

  private static func isAny(_ word: Word) -> Bool { word.scalars == ["*"] }

  private static func split(
    _ scalars: [Unicode.Scalar], at separator: Unicode.Scalar = " ", offset: Int = 0
  ) -> [Word] {
    var words: [Word] = []
    var start: Int?
    for (index, scalar) in scalars.enumerated() {
      if scalar == separator {
        if let begun = start { words.append(Word(scalars: Array(scalars[begun..<index]), start: offset + begun)) }
        if separator != " ", start == nil { words.append(Word(scalars: [], start: offset + index)) }
        start = nil
      } else if start == nil {
        start = index
      }
    }
    if let begun = start {
      words.append(Word(scalars: Array(scalars[begun...]), start: offset + begun))
    } else if separator != " " {
      words.append(Word(scalars: [], start: offset + scalars.count))
    }
    return words
  }

  /// Elements with commas: `*`, `7`, `1-5`, each with `/step`.
  private static func set(_ word: Word, _ field: Field) throws(ExpressionError) -> UInt64 {
    var set: UInt64 = 0
    for element in split(word.scalars, at: ",", offset: word.start) {
      let halves = split(element.scalars, at: "/", offset: element.start)
      guard halves.count <= 2, !element.scalars.isEmpty else {
        throw problem(element, field, "'\(text(element))' is no part of a list")
      }
      var step = 1
      if halves.count == 2 {
        guard let number = number(halves[1]), number > 0, number <= field.bounds.upperBound else {
          throw problem(halves[1], field, "a step is a whole number of 1 to \(field.bounds.upperBound)")
        }
        step = number
      }
      let range = try range(halves[0], field, isStepped: halves.count == 2)
      for value in stride(from: range.lowerBound, through: range.upperBound, by: step) { set |= 1 << UInt64(value) }
    }
    return set
  }

  private static func range(_ word: Word, _ field: Field, isStepped: Bool) throws(ExpressionError) -> ClosedRange<Int> {
    if isAny(word) { return field.bounds }
    let ends = split(word.scalars, at: "-", offset: word.start)
    guard let first = ends.first, ends.count <= 2 else { throw problem(word, field, "'\(text(word))' is no range") }
    let low = try value(first, field)
    guard let last = ends.dropFirst().first else {
      // `5/15`: from 5 on.
      return isStepped ? low...field.bounds.upperBound : low...low
    }
    var high = try value(last, field)
    // `fri-sun`
    if field.firstName == 0, !field.names.isEmpty, high == 0, low > 0 { high = 7 }
    guard low <= high else {
      throw ExpressionError(
        word.start..<word.end, "the range of the \(field.name) runs backwards",
        hint: "write two: \(low)-\(field.bounds.upperBound),\(field.bounds.lowerBound)-\(high)")
    }
    return low...high
  }

  private static func value(_ word: Word, _ field: Field) throws(ExpressionError) -> Int {
    if let number = number(word) {
      guard field.bounds.contains(number) else {
        throw problem(
          word, field, "the \(field.name) is \(field.bounds.lowerBound) to \(field.bounds.upperBound), not \(number)")
      }
      return number
    }
    let name = text(word).lowercased()
    if let index = field.names.firstIndex(of: name) { return field.firstName + index }
    throw problem(word, field, "'\(text(word))' is no \(field.name)")
  }

  private static func number(_ word: Word) -> Int? {
    guard (1...4).contains(word.scalars.count), word.scalars.allSatisfy({ ("0"..."9").contains($0) }) else {
      return nil
    }
    return Int(text(word))
  }

  private static func text(_ word: Word) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: word.scalars)
    return text
  }

  private static func problem(_ word: Word, _ field: Field, _ message: String) -> ExpressionError {
    let hint =
      field.names.isEmpty
      ? "\(field.bounds.lowerBound) to \(field.bounds.upperBound), *, lists with ',', ranges with '-', steps with '/'"
      : "numbers, or \(field.names.joined(separator: ", "))"
    return ExpressionError(word.start..<max(word.end, word.start + 1), message, hint: hint)
  }
}
