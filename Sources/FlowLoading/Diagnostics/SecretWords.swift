//! Knows what must not be printed: values under names such as `token`, and what looks like a token anywhere.

package enum SecretWords {
  private static let names = ["token", "secret", "password", "passwd", "api_key", "apikey", "private_key", "key"]

  /// `token`, `client_secret`, `db-password` …
  package static func isSecretName(_ name: String) -> Bool {
    let lower = name.lowercased()
    return names.contains { lower == $0 || lower.hasSuffix("_" + $0) || lower.hasSuffix("-" + $0) }
  }

  /// A Telegram bot token, or forty and more letters and digits mixed.
  package static func looksLikeSecret(_ text: String) -> Bool { masked(text) != text }

  /// Stars, as many as there were characters, in place of everything that looks like a token, and of passwords in
  /// addresses.
  package static func masked(_ text: String) -> String {
    let text = passwordsMasked(text)
    guard text.utf8.count >= 30 else { return text }
    var scalars = Array(text.unicodeScalars)
    var start = 0
    while start < scalars.count {
      guard isTokenPart(scalars[start]) else {
        start += 1
        continue
      }
      var end = start
      while end < scalars.count, isTokenPart(scalars[end]) { end += 1 }
      if isToken(scalars[start..<end]) {
        for index in start..<end { scalars[index] = "*" }
      }
      start = end
    }
    return string(scalars)
  }

  /// `scheme://user:password@host`: what stands between the colon and the last `@` before the path.
  private static func passwordsMasked(_ text: String) -> String {
    guard text.contains("://"), text.contains("@") else { return text }
    var scalars = Array(text.unicodeScalars)
    var at = 0
    while at + 2 < scalars.count {
      guard scalars[at] == ":", scalars[at + 1] == "/", scalars[at + 2] == "/" else {
        at += 1
        continue
      }
      let end = scalars[(at + 3)...].firstIndex { "/ \"'".unicodeScalars.contains($0) } ?? scalars.count
      if let sign = scalars[(at + 3)..<end].lastIndex(of: "@"),
        let colon = scalars[(at + 3)..<sign].firstIndex(of: ":")
      {
        for index in (colon + 1)..<sign { scalars[index] = "*" }
      }
      at = end
    }
    return string(scalars)
  }

  private static func isTokenPart(_ scalar: Unicode.Scalar) -> Bool {
    isAlphanumeric(scalar) || scalar == "_" || scalar == "-" || scalar == ":"
  }

  private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z": true
    default: false
    }
  }

  private static func isToken(_ run: ArraySlice<Unicode.Scalar>) -> Bool {
    if let colon = run.firstIndex(of: ":"), run.prefix(upTo: colon).count >= 6,
      run.prefix(upTo: colon).allSatisfy({ ("0"..."9").contains($0) }), run.suffix(from: colon).count > 30
    {
      return true
    }
    let digits = run.count { ("0"..."9").contains($0) }
    let capitals = run.count { ("A"..."Z").contains($0) }
    return run.count >= 40 && digits >= 4 && capitals >= 4 && !run.contains(":")
  }

  /// A line as it may be cited.
  static func masked(_ line: String, line number: Int, of source: SourceText) -> String {
    if isInsideSecretBlock(number, source) { return hidden(line) }
    var scalars = Array(masked(line).unicodeScalars)
    var at = 0
    while at < scalars.count {
      guard scalars[at] == ":", let name = nameBefore(at, scalars), isSecretName(name.text) else {
        at += 1
        continue
      }
      // `{ secret: avito/main }` names a secret and is none.
      let isReference = name.text == "secret" && name.opener == "{"
      var value = at + 1
      while value < scalars.count, scalars[value] == " " { value += 1 }
      at = value
      guard !isReference, value < scalars.count, scalars[value] != "{", scalars[value] != "[" else { continue }
      at = hide(from: value, in: &scalars)
    }
    return string(scalars)
  }

  private static func nameBefore(
    _ colon: Int, _ scalars: [Unicode.Scalar]
  ) -> (text: String, opener: Unicode.Scalar?)? {
    var end = colon
    while end > 0, scalars[end - 1] == " " || scalars[end - 1] == "\"" || scalars[end - 1] == "'" { end -= 1 }
    var start = end
    while start > 0, isAlphanumeric(scalars[start - 1]) || scalars[start - 1] == "_" || scalars[start - 1] == "-" {
      start -= 1
    }
    guard start < end else { return nil }
    var before = start - 1
    while before >= 0, scalars[before] == " " || scalars[before] == "\"" || scalars[before] == "'" { before -= 1 }
    return (string(Array(scalars[start..<end])), before >= 0 ? scalars[before] : nil)
  }

  /// Stars to the end of the value; where that is not certain, to the end of the line.
  private static func hide(from start: Int, in scalars: inout [Unicode.Scalar]) -> Int {
    var end = scalars.count
    let quote = scalars[start]
    if quote == "\"" || quote == "'" {
      if let close = scalars[(start + 1)...].firstIndex(of: quote) { end = close + 1 }
    } else if let close = scalars[start...].firstIndex(where: { $0 == "," || $0 == "}" }),
      scalars[..<start].contains("{")
    {
      end = close
    }
    for index in start..<end where scalars[index] != " " { scalars[index] = "*" }
    return end
  }

  static func hidden(_ line: String) -> String {
    string(line.unicodeScalars.map { $0 == " " ? $0 : "*" })
  }

  /// `  token: …`
  static func beginsWithSecretName(_ line: String) -> Bool {
    let scalars = Array(line.unicodeScalars.prefix(300))
    guard let colon = scalars.firstIndex(of: ":") else { return false }
    return nameBefore(colon, scalars).map { isSecretName($0.text) } ?? false
  }

  /// Whether a line continues a value that began under a secret's name on a line before.
  private static func isInsideSecretBlock(_ number: Int, _ source: SourceText) -> Bool {
    guard let line = source.line(number) else { return false }
    let indentation = line.unicodeScalars.prefix { $0 == " " }.count
    var above = number - 1
    while above >= 1, number - above <= 200 {
      guard let text = source.line(above) else { return false }
      let scalars = Array(text.unicodeScalars)
      let depth = scalars.prefix { $0 == " " }.count
      if depth < scalars.count, depth < indentation {
        guard let colon = scalars.firstIndex(of: ":"), let name = nameBefore(colon, scalars), isSecretName(name.text)
        else { return false }
        let rest = scalars[(colon + 1)...].first { $0 != " " }
        return rest != "{" && rest != "["
      }
      above -= 1
    }
    return false
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
