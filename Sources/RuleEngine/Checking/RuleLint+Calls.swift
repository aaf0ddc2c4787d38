//! Calls as tokens show them: where one begins, how many arguments it gives, whether a statement starts there.

extension RuleLint {
  /// Whether a call's arguments begin at the token: `f(…)`, `f"…"`, `f{…}`.
  func isCall(_ index: Int) -> Bool {
    guard tokens.indices.contains(index) else { return false }
    return ["(", "{"].contains(tokens[index].text) || tokens[index].kind == .literal && tokens[index].isText
  }

  /// How many arguments the call at `index` gives; nil when there is no call. Open when the last is itself a call or
  /// `...`, which may give any number.
  func arguments(at index: Int) -> (count: Int, isOpen: Bool)? {
    guard isCall(index) else { return nil }
    guard text(index) == "(" else { return (1, false) }
    var depth = 0
    var count = 0
    var isOpen = false
    var isEmpty = true
    var at = index + 1
    while at < tokens.count {
      let word = text(at)
      if depth == 0, word == ")" { return (isEmpty ? 0 : count + 1, isOpen) }
      isEmpty = false
      switch word {
      case "(", "{", "[", "function", "if", "do", "repeat":
        // A bracket behind a value is the end of a call: `f(a, g(b))`.
        if word == "(" || word == "{", depth == 0, isValueEnd(at - 1), at > index + 1 { isOpen = true }
        depth += 1
      case ")", "}", "]", "end", "until": depth -= 1
      case "," where depth == 0:
        count += 1
        isOpen = false
      case "..." where depth == 0: isOpen = true
      default:
        let isArgument = at > index + 1 && tokens[at].isText && depth == 0 && isName(at - 1)
        if isArgument { isOpen = true }
      }
      at += 1
    }
    return nil
  }

  /// Whether a value may end with the token, so that what follows calls it, or begins a new statement.
  private func isValueEnd(_ index: Int) -> Bool {
    guard tokens.indices.contains(index) else { return false }
    return isName(index) || tokens[index].kind == .literal || [")", "}", "]", "end"].contains(text(index))
  }

  func beginsStatement(_ index: Int) -> Bool {
    guard index > 0 else { return true }
    let before = text(index - 1)
    let words: Set<String> = ["then", "do", "else", "repeat", "break", "true", "false", "nil", ";", "...", "::"]
    return words.contains(before) || isValueEnd(index - 1)
  }
}
