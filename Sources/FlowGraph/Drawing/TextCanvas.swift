//! A sheet of characters on which lines join where they meet.

struct TextCanvas {
  private struct Arms: OptionSet {
    let rawValue: Int
    static let up = Arms(rawValue: 1)
    static let down = Arms(rawValue: 2)
    static let left = Arms(rawValue: 4)
    static let right = Arms(rawValue: 8)
  }
  private var arms: [[Arms]]
  private var letters: [[Character?]]

  init(width: Int, height: Int) {
    arms = Array(repeating: Array(repeating: [], count: width), count: height)
    letters = Array(repeating: Array(repeating: nil, count: width), count: height)
  }

  mutating func vertical(column: Int, from top: Int, to bottom: Int) {
    guard top < bottom else { return }
    for row in top...bottom {
      if row > top { join(row, column, .up) }
      if row < bottom { join(row, column, .down) }
    }
  }

  mutating func horizontal(row: Int, from start: Int, to end: Int) {
    let (left, right) = (min(start, end), max(start, end))
    guard left < right else { return }
    for column in left...right {
      if column > left { join(row, column, .left) }
      if column < right { join(row, column, .right) }
    }
  }

  mutating func box(row: Int, column: Int, width: Int, height: Int) {
    horizontal(row: row, from: column, to: column + width - 1)
    horizontal(row: row + height - 1, from: column, to: column + width - 1)
    vertical(column: column, from: row, to: row + height - 1)
    vertical(column: column + width - 1, from: row, to: row + height - 1)
  }

  mutating func write(_ text: String, row: Int, column: Int) {
    for (offset, letter) in text.enumerated() {
      guard letters.indices.contains(row), letters[row].indices.contains(column + offset) else { return }
      letters[row][column + offset] = letter
    }
  }

  /// Whether nothing has been written or drawn in a stretch of a row.
  func isFree(row: Int, from column: Int, length: Int) -> Bool {
    guard letters.indices.contains(row), column >= 0, column + length <= letters[row].count else { return false }
    return (column..<column + length).allSatisfy { letters[row][$0] == nil && arms[row][$0].isEmpty }
  }

  private mutating func join(_ row: Int, _ column: Int, _ arm: Arms) {
    guard arms.indices.contains(row), arms[row].indices.contains(column) else { return }
    arms[row][column].insert(arm)
  }

  private static let glyphs: [Character] = [
    " ", "╵", "╷", "│", "╴", "┘", "┐", "┤", "╶", "└", "┌", "├", "─", "┴", "┬", "┼",
  ]

  var text: String {
    zip(letters, arms).map { letters, arms in
      var line = zip(letters, arms).map { $0 ?? Self.glyphs[$1.rawValue] }
      while line.last == " " { line.removeLast() }
      return String(line)
    }.joined(separator: "\n") + "\n"
  }
}
