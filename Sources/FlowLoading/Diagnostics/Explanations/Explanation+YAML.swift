//! SB01xx: what keeps a file from being read as YAML.

extension Explanation {
  static let yaml: [Explanation] = [
    Explanation(
      .fileTooLarge, .flow,
      cause: """
        A flow or a configuration is written by people; a file of more than a mebibyte is something else by mistake, \
        and reading it could keep the program busy for minutes.
        """,
      bad: Example(
        "switchboard: 1\nflow: f        # … and a mebibyte of other things",
        bytes: Array("switchboard: 1\nflow: f\n#".utf8) + [UInt8](repeating: 0x61, count: YAMLLimits.fileBytesMax)),
      mended: Example(whole("  - reply: \"Здравствуйте!\""))),
    Explanation(
      .encoding, .flow,
      cause: """
        Files are read as UTF-8 and nothing else. A file saved as Windows-1251 or UTF-16 would turn every Russian word \
        into other letters, which customers would see.
        """,
      bad: Example(
        "flow: f   # saved as Windows-1251: \"Привет\"",
        bytes: Array("switchboard: 1\nflow: ".utf8) + [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x0A]),
      mended: Example(whole("  - reply: \"Привет\""))),
    Explanation(
      .controlCharacter, .flow,
      cause: """
        A bell, an escape or a zero byte comes from a broken copy or a hostile file. In a log or on a terminal it \
        could do harm, so no file may hold one.
        """,
      bad: Example(whole("  - reply: \"Привет\u{7}\"")), mended: Example(whole("  - reply: \"Привет\""))),
    Explanation(
      .lineSeparator, .flow,
      cause: """
        U+2028 and U+2029 look like a line's end in some editors and are none in YAML 1.2. The text is kept as it is; \
        this warning tells that the message will hold the odd character.
        """,
      bad: Example(whole("  - reply: \"Привет\u{2028}Ждём\"")), mended: Example(whole("  - reply: \"Привет\\nЖдём\""))),
    Explanation(
      .syntax, .steps,
      "The file breaks the rules of YAML at this place: most often a bracket or a quote is not closed.",
      bad: "  - reply: \"Здравствуйте!", mended: "  - reply: \"Здравствуйте!\""),
    Explanation(
      .tab, .steps, "YAML indents with spaces only; a tab has no agreed width.",
      bad: "  - set:\n\t  vars.x: 1", mended: "  - reply: \"Здравствуйте!\""),
    Explanation(
      .indentation, .steps,
      "A no-break space looks like a space and is none. It comes along when text is copied from a web page or a chat.",
      bad: "  - reply: \u{A0}Здравствуйте", mended: "  - reply: \"Здравствуйте\""),
    Explanation(
      .duplicateKey, .steps,
      "A key stands twice in one mapping. Most YAML readers quietly take the last one; what the first said is lost.",
      bad: "  - { reply: \"а\", reply: \"б\" }", mended: "  - reply: \"а\"\n  - reply: \"б\""),
    Explanation(
      .keyType, .steps, "A key must be a text. A list or an empty place before ':' is nearly always a slip.",
      bad: "  - { [a]: \"x\" }", mended: "  - reply: \"x\""),
    Explanation(
      .keyTooLong, .steps, "A key over 256 characters is text in the wrong place.",
      bad: "  - { \(String(repeating: "а", count: 300)): 1 }", mended: "  - reply: \"а\""),
    Explanation(
      .textTooLong, .flow,
      cause: "No channel takes a text of 256 KiB; a value of that size is a file pasted by mistake.",
      bad: Example(
        "steps:\n  - reply: \"aaaa…\"        # 256 KiB of it",
        bytes: Array(whole("  - reply: \"").utf8) + [UInt8](repeating: 0x61, count: YAMLLimits.scalarBytesMax + 1)
          + Array("\"\n".utf8)),
      mended: Example(whole("  - reply: \"a\""))),
    Explanation(
      .nestingTooDeep, .steps,
      "Nesting over 64 levels is no flow that a person wrote; reading it could exhaust the program's stack.",
      bad: "  - \(String(repeating: "[", count: 70))\(String(repeating: "]", count: 70))", mended: "  - reply: \"a\""),
    Explanation(
      .tooManyNodes, .flow,
      cause: """
        Aliases let ten short lines stand for billions of values. More than 10,000 values, with aliases followed, are \
        refused before they are built.
        """,
      bad: Example(
        "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]    # … and so on",
        bytes: Array("a: [\(Array(repeating: "x", count: YAMLLimits.nodesMax + 1).joined(separator: ","))]\n".utf8)),
      mended: Example(whole("  - reply: \"a\""))),
    Explanation(
      .tooManyAnchors, .flow,
      cause: "More than 1,000 anchors in one file are an attack or a generator gone wrong.",
      bad: Example(
        "a: [&a1 x, &a2 x, &a3 x]    # … a thousand and one of them",
        bytes: Array("a: [\((0...YAMLLimits.anchorsMax).map { "&a\($0) x" }.joined(separator: ", "))]\n".utf8)),
      mended: Example(whole("  - reply: &hello \"a\"\n  - reply: *hello"))),
    Explanation(
      .unknownAlias, .steps, "An alias repeats a value that an anchor has named before; this one names nothing.",
      bad: "  - reply: *hello", mended: "  - reply: &hello \"Привет\"\n  - reply: *hello"),
    Explanation(
      .aliasCycle, .steps, "An alias inside the very value that its anchor names would go on for ever.",
      bad: "  - &again { reply: *again }", mended: "  - reply: \"Привет\""),
    Explanation(
      .mergeKey, .flow,
      "The merge key '<<' belongs to YAML 1.1. Other tools read it in different ways, so it is refused.",
      bad: "common: &common { connection: avito-main }\n"
        + whole("  - reply: \"a\"", listen: "  - customer: { <<: *common }"),
      mended: whole("  - reply: \"a\"")),
    Explanation(
      .tag, .steps, "Values are read by YAML's core schema. Tags such as !ruby/object have no meaning here.",
      bad: "  - reply: !date 2026-01-01", mended: "  - reply: \"2026-01-01\""),
    Explanation(
      .ambiguousScalar, .steps,
      """
      YAML 1.1 reads 'yes', 'on', 012 or 12:30 as a boolean, an octal number or a number to base 60; 1.2 does not. \
      Rather than guess which was meant, the program asks for quotes.
      """,
      bad: "  - reply: yes", mended: "  - reply: \"yes\""),
    Explanation(
      .severalDocuments, .steps,
      "A line of '---' begins a second document; one file holds one flow. What follows would be ignored in silence.",
      bad: "  - reply: \"a\"\n---\nflow: second", mended: "  - reply: \"a\""),
    Explanation(
      .commentInText, .steps,
      """
      A '#' behind a space begins a comment, also inside what looks like text: the rest of the sentence would not be \
      sent. Warning only.
      """,
      bad: "  - drop: срочно #срочно", mended: "  - drop: \"срочно #срочно\""),
    Explanation(
      .repeatedAnchor, .steps, "The same anchor is defined twice, and an alias could mean either.",
      bad: "  - reply: &a \"один\"\n  - reply: &a \"два\"", mended: "  - reply: &a \"один\"\n  - reply: &b \"два\""),
  ]

  /// A whole flow with these steps.
  static func whole(
    _ steps: String, listen: String = "  - customer: { connection: avito-main }"
  ) -> String {
    "switchboard: 1\nflow: f\nproject: shop\nlisten:\n\(listen)\nsteps:\n\(steps)"
  }
}
