//! Comments behind code stand below one another where lines follow one another; blank lines come singly.

enum TrailingComments {
  static func aligned(_ lines: [LaidLine]) -> String {
    var text: [String] = []
    var index = 0
    while index < lines.count {
      let line = lines[index]
      guard line.comment != nil else {
        let isSecondBlank = line.code.isEmpty && !line.isFixed && (text.last?.isEmpty ?? true)
        if !isSecondBlank { text.append(line.code) }
        index += 1
        continue
      }
      let group = lines[index...].prefix { $0.comment != nil }
      let width = group.map { $0.code.count }.max() ?? 0
      for line in group {
        text.append(line.code + String(repeating: " ", count: width - line.code.count + 2) + (line.comment ?? ""))
      }
      index += group.count
    }
    while let last = text.last, last.isEmpty, !(lines.last?.isFixed ?? false) { text.removeLast() }
    // A `|` text at the very end has a line end in it only if the file has.
    let endsOpen = lines.last.map { $0.isFixed && !$0.code.isEmpty } ?? false
    return text.joined(separator: "\n") + (endsOpen ? "" : "\n")
  }
}
