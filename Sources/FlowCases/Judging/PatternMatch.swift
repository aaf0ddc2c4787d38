//! Holds what happened against what was expected, and says in words where they differ.
import FlowLoading
import FlowModel
import RuleEngine
import SwitchboardSDK

enum PatternMatch {
  /// Empty when the text fits.
  static func mismatches(_ text: String?, _ pattern: TextPattern?, _ what: String) -> [String] {
    guard let pattern else { return [] }
    let got = text.map { CaseStory.quoted($0) } ?? "nothing"
    let said = text ?? ""
    var found: [String] = []
    func note(_ expected: String) { found.append("\(what): expected \(expected), got \(got)") }
    if let exact = pattern.exact, text != exact { note(CaseStory.quoted(exact)) }
    for part in pattern.contains where !ValueSearch.contains(said, part) {
      note("to contain \(CaseStory.quoted(part))")
    }
    for part in pattern.lacks where ValueSearch.contains(said, part) {
      note("not to contain \(CaseStory.quoted(part))")
    }
    if let start = pattern.startsWith, !said.hasPrefix(start) { note("to start with \(CaseStory.quoted(start))") }
    if let shape = pattern.matches, !ValueSearch.matches(said, pattern: shape) {
      note("to match \(CaseStory.quoted(shape))")
    }
    return found
  }

  static func mismatch<T: Equatable>(_ got: T?, _ wanted: T?, _ what: String, _ shown: (T) -> String) -> [String] {
    guard let wanted, got != wanted else { return [] }
    return ["\(what): expected \(shown(wanted)), got \(got.map(shown) ?? "nothing")"]
  }

  static func members(_ value: Value, _ wanted: [String: Value], _ what: String) -> [String] {
    wanted.sorted { $0.key < $1.key }.compactMap { name, expected in
      let got = value[name]
      guard !ValueOrder.areEqual(got, expected), got != expected else { return nil }
      return "\(what).\(name): expected \(JSON.text(expected)), got \(JSON.text(got))"
    }
  }

  static func mismatches(
    _ deed: CaseChannels.Deed, _ pattern: OutPattern, thread: ThreadPlace?
  ) -> [String] {
    let action = deed.action
    var found = mismatch(action.name, pattern.action, "action") { $0 }
    found += mismatch(deed.connection, pattern.connection, "connection") { $0 }
    found += mismatch(action.chat, pattern.chat, "chat") { $0 }
    found += mismatch(deed.step, pattern.step, "step") { $0 }
    switch pattern.thread {
    case nil: break
    case .named(let name): found += mismatch(action.thread, name, "thread") { $0 }
    case .conversation(_, let chat):
      let isThere = thread != nil && thread?.thread == action.thread && thread?.chat == action.chat
      if !isThere { found.append("thread: expected that of conversation(\(chat)), got \(action.thread ?? "nothing")") }
    }
    found += mismatches(action.message?.text, pattern.text, "text")
    if let kinds = pattern.attachments {
      let got = action.message?.attachment.map { [$0.kind] } ?? []
      if got != kinds {
        let (wanted, had) = (kinds.map(\.rawValue), got.map(\.rawValue))
        found.append("attachments: expected [\(wanted.joined(separator: ", "))], got [\(had.joined(separator: ", "))]")
      }
    }
    if let buttons = pattern.buttons {
      let got = (action.message?.buttons ?? []).flatMap { $0 }.map(\.text)
      if got != buttons {
        found.append(
          "buttons: expected [\(buttons.joined(separator: ", "))], got [\(got.joined(separator: ", "))]")
      }
    }
    return found + members(action.arguments, pattern.arguments, "arguments")
  }

  static func mismatches(_ trial: RuleRehearsal.Trial, rule: String, _ pattern: DecisionPattern) -> [String] {
    var found = mismatch(rule, pattern.rule, "rule") { $0 }
    found += mismatches(trial.printed.joined(separator: "\n"), pattern.printed, "printed")
    switch trial.result {
    case .failure(let failure):
      let said = "\(failure.code.rawValue): \(failure.detail)"
      if pattern.error == nil {
        let place = failure.line.map { "\(rule).lua:\($0)" } ?? "\(rule).lua"
        found.append("the rule failed in \(place): \(said)")
      }
      return found + mismatches(said, pattern.error, "error")
    case .success(let decision):
      if pattern.error != nil { found.append("error: expected one, got the decision '\(decision.action)'") }
      found += mismatch(decision.action, pattern.action, "action") { $0 }
      found += mismatches(decision.reply, pattern.reply, "reply")
      found += mismatch(decision.route, pattern.route, "route") { $0 }
      found += mismatches(decision.reason, pattern.reason, "reason")
      if let tags = pattern.tags, tags != decision.tags {
        found.append("tags: expected [\(tags.joined(separator: ", "))], got [\(decision.tags.joined(separator: ", "))]")
      }
      return found + members(decision.state ?? .null, pattern.state, "state")
    }
  }
}
