//! How long each function of a file is, by its braces.

enum FunctionLengths {
  /// Name, first line (from 1) and number of lines of each `func`, `init` and computed accessor block that has a
  /// body. Closures count as part of the function that they stand in.
  static func of(_ file: SourceFile) -> [(name: String, line: Int, length: Int)] {
    var found: [(name: String, line: Int, length: Int)] = []
    var depth = 0
    /// Functions that are open: name, first line, depth outside.
    var open: [(name: String, line: Int, depth: Int, hasBody: Bool)] = []
    for (index, line) in CodeText(file.lines).lines.enumerated() {
      // A declaration without a body (a protocol's) ends at the next one.
      if let name = declaredFunction(line) {
        if let last = open.last, !last.hasBody { open.removeLast() }
        open.append((name, index + 1, depth, false))
      }
      for character in line {
        if character == "{" {
          if let last = open.indices.last, !open[last].hasBody, open[last].depth == depth { open[last].hasBody = true }
          depth += 1
        } else if character == "}" {
          depth -= 1
          if let last = open.last, last.hasBody, last.depth == depth {
            found.append((last.name, last.line, index + 2 - last.line))
            open.removeLast()
          }
        }
      }
      // A closing brace of the surrounding type ends declarations that never had a body.
      while let last = open.last, !last.hasBody, depth < last.depth { open.removeLast() }
    }
    return found
  }

  private static func declaredFunction(_ line: String) -> String? {
    let words = line.split { $0 == " " || $0 == "(" || $0 == "<" }.map(String.init)
    if let at = words.firstIndex(of: "func"), at + 1 < words.count { return words[at + 1] }
    let modifiers: Set<String> = ["package", "public", "internal", "private", "fileprivate", "convenience", "required"]
    guard let first = words.first(where: { !modifiers.contains($0) && !$0.hasPrefix("@") }) else { return nil }
    return ["init", "init?", "deinit"].contains(first) && !line.contains(".init") ? first : nil
  }
}
