//! The house rules that a machine can check (docs/style.md, aesthetics habit 19), each as a function of one file.

struct TidyRule: Sendable {
  let name: String
  /// The findings in one file: line number from 1, and what is wrong there.
  let check: @Sendable (SourceFile) -> [(line: Int, what: String)]

  static let all: [TidyRule] = [
    header, imports, noPublic, lineLength, fileLength, functionLength, bannedCode, openEnds, noSleepInTests,
    arguedUnsafety,
  ]

  static let lineCharactersMax = 120
  static let fileLinesMax = 400
  static let functionLinesMax = 70

  static let header = TidyRule(name: "a file begins with why it exists") { file in
    guard !file.isTest, !file.isManifest, file.lines.first?.hasPrefix("//! ") != true else { return [] }
    return [(1, "the first line is not a `//! ` sentence")]
  }

  static let imports = TidyRule(name: "a target imports only what the table allows") { file in
    guard !file.isTest, !file.isManifest else { return [] }
    return CodeText(file.lines).lines.enumerated().compactMap { index, line in
      guard let module = importedModule(line), !ImportTable.mayImport(module, in: file) else { return nil }
      return (index + 1, "\(file.target ?? "?") may not import \(module)")
    }
  }

  static func importedModule(_ line: String) -> String? {
    let words = line.split(whereSeparator: { $0 == " " }).map(String.init)
    guard let at = words.firstIndex(of: "import"), at + 1 < words.count else { return nil }
    let modifiers: Set<String> = ["package", "public", "internal", "private", "fileprivate"]
    guard words[..<at].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }) else { return nil }
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let path = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
    return path.split(separator: ".").first.map(String.init)
  }

  static let noPublic = TidyRule(name: "nothing under Sources is public") { file in
    guard file.path.hasPrefix("Sources/") else { return [] }
    return words(["public ", "open class ", "open func ", "open var "], in: file)
  }

  static let lineLength = TidyRule(name: "no line is over 120 characters") { file in
    file.lines.enumerated().compactMap { index, line in
      line.count > lineCharactersMax ? (index + 1, "\(line.count) characters") : nil
    }
  }

  static let fileLength = TidyRule(name: "no file is over 400 lines") { file in
    file.lines.count > fileLinesMax ? [(file.lines.count, "\(file.lines.count) lines")] : []
  }

  static let functionLength = TidyRule(name: "no function is over 70 lines") { file in
    FunctionLengths.of(file).compactMap { name, line, length in
      length > functionLinesMax ? (line, "\(name) has \(length) lines") : nil
    }
  }

  static let bannedCode = TidyRule(name: "nothing traps on purpose") { file in
    guard !file.isTest else { return [] }
    return words(["try!", "as!", "fatalError(", "unowned("], in: file)
  }

  static let openEnds = TidyRule(name: "no unfinished business") { file in
    // Written apart, so that this very line is not found.
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    return file.lines.enumerated().flatMap { index, line in
      marks.filter { mark in
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == mark }
      }.map { (index + 1, $0) }
    }
  }

  static let noSleepInTests = TidyRule(name: "tests wait for events, never for time") { file in
    guard file.isTest else { return [] }
    return words(["Task.sleep", "usleep(", "nanosleep(", "Thread.sleep", " sleep("], in: file)
  }

  static let arguedUnsafety = TidyRule(name: "each promise made to the compiler has its argument beside it") { file in
    let marks = ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]
    let code = CodeText(file.lines).lines
    return code.indices.flatMap { index in
      marks.filter { code[index].contains($0) && !hasComment(around: index, in: file.lines) }
        .map { (index + 1, "\($0) without a comment") }
    }
  }

  /// On the line itself, the one above (over attributes) or the one below.
  private static func hasComment(around index: Int, in lines: [String]) -> Bool {
    [index - 2, index - 1, index, index + 1].contains { lines.indices.contains($0) && lines[$0].contains("//") }
  }

  /// Where one of the words begins, outside comments and literals, and is not the end of a longer word.
  private static func words(_ words: [String], in file: SourceFile) -> [(line: Int, what: String)] {
    CodeText(file.lines).lines.enumerated().flatMap { index, line in
      words.filter { word in
        guard let found = line.range(of: word) else { return false }
        return found.lowerBound == line.startIndex || !line[line.index(before: found.lowerBound)].isLetter
      }.map { (index + 1, "`\($0.trimmed)`") }
    }
  }
}

extension String {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }

  /// The standard library finds no text in a text; Foundation is not worth it for this.
  fileprivate func range(of wanted: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
      start = index(after: start)
    }
    return nil
  }
}
