//! What a draft would have done otherwise with what came in: two plays of one recording, compared message by message.
package import SwitchboardSDK

package struct Backtest: Sendable {
  package struct Change: Sendable, Hashable {
    package var now: RecordedPlay.Saying
    package var draft: RecordedPlay.Saying
  }

  package struct Difference: Sendable {
    package var entry: Recording.Entry
    /// Said now, and by the draft no more.
    package var fewer: [RecordedPlay.Saying]
    /// Said by the draft only.
    package var more: [RecordedPlay.Saying]
    /// Said in the same place with another text.
    package var changed: [Change]
    /// Both are empty when rules decided alike.
    package var decisionsNow: [String] = []
    package var decisionsDraft: [String] = []

    var isSeenByCustomers: Bool {
      more.contains(where: \.isReply) || fewer.contains(where: \.isReply) || changed.contains { $0.now.isReply }
    }
  }

  package let messages: Int
  package let skipped: Int
  package private(set) var differences: [Difference] = []

  package init(_ entries: [Recording.Entry], now: RecordedPlay.Result, draft: RecordedPlay.Result) {
    messages = entries.count
    skipped = max(now.skipped, draft.skipped)
    for entry in entries {
      let key = RecordedPlay.key(entry)
      let old = now.outcomes[key] ?? RecordedPlay.Outcome()
      let new = draft.outcomes[key] ?? RecordedPlay.Outcome()
      if old != new { differences.append(Self.difference(entry, old, new)) }
    }
  }

  private static func difference(
    _ entry: Recording.Entry, _ now: RecordedPlay.Outcome, _ draft: RecordedPlay.Outcome
  ) -> Difference {
    var fewer = now.said
    var others: [RecordedPlay.Saying] = []
    for saying in draft.said {
      if let at = fewer.firstIndex(of: saying) { fewer.remove(at: at) } else { others.append(saying) }
    }
    var changed: [Change] = []
    var more: [RecordedPlay.Saying] = []
    for saying in others {
      if let at = fewer.firstIndex(where: { $0.place == saying.place }) {
        changed.append(Change(now: fewer.remove(at: at), draft: saying))
      } else {
        more.append(saying)
      }
    }
    var difference = Difference(entry: entry, fewer: fewer, more: more, changed: changed)
    if now.decisions != draft.decisions {
      difference.decisionsNow = now.decisions
      difference.decisionsDraft = draft.decisions
    }
    return difference
  }

  package var more: Int { differences.reduce(0) { $0 + $1.more.count { $0.isReply } } }
  package var fewer: Int { differences.reduce(0) { $0 + $1.fewer.count { $0.isReply } } }
  package var changed: Int { differences.reduce(0) { $0 + $1.changed.count { $0.now.isReply } } }
  /// Messages with differences that no customer sees: topics, other chats, decisions.
  package var elsewhere: Int { differences.count { !$0.isSeenByCustomers } }

  package var summary: String {
    var text = "\(messages) messages: \(more) more replies, \(fewer) fewer, \(changed) changed text"
    if elsewhere > 0 { text += "; \(elsewhere) with differences that no customer sees" }
    if skipped > 0 { text += "; \(skipped) left out: their conversations began before" }
    return text
  }

  package var lines: [String] {
    differences.flatMap { one -> [String] in
      let event = one.entry.event
      let said = event.message.map { CaseStory.quoted($0.text) } ?? event.kind.rawValue
      var lines = ["\(one.entry.at) \(one.entry.connection) \(event.chat.id): \(said)"]
      lines += one.decisionsNow.map { "  - decision \($0)" } + one.decisionsDraft.map { "  + decision \($0)" }
      lines += one.fewer.map { "  - \($0.place) \($0.text)" }
      for change in one.changed {
        lines += ["  - \(change.now.place) \(change.now.text)", "  + \(change.draft.place) \(change.draft.text)"]
      }
      return lines + one.more.map { "  + \($0.place) \($0.text)" }
    }
  }

  package var value: Value {
    [
      "messages": .int(Int64(messages)), "skipped": .int(Int64(skipped)), "more_replies": .int(Int64(more)),
      "fewer_replies": .int(Int64(fewer)), "changed_replies": .int(Int64(changed)),
      "elsewhere": .int(Int64(elsewhere)), "differences": .list(differences.map(Self.value)),
    ]
  }

  private static func value(_ one: Difference) -> Value {
    func list(_ sayings: [RecordedPlay.Saying]) -> Value {
      .list(sayings.map { ["place": .text($0.place), "text": .text($0.text), "reply": .bool($0.isReply)] })
    }
    return [
      "at": .text(one.entry.at.description), "connection": .text(one.entry.connection),
      "message": .text(one.entry.event.externalID), "chat": .text(one.entry.event.chat.id),
      "text": one.entry.event.message.map { .text($0.text) } ?? .null, "fewer": list(one.fewer),
      "more": list(one.more),
      "changed": .list(
        one.changed.map {
          ["place": .text($0.now.place), "now": .text($0.now.text), "draft": .text($0.draft.text)]
        }),
      "decisions_now": .list(one.decisionsNow.map(Value.text)),
      "decisions_draft": .list(one.decisionsDraft.map(Value.text)),
    ]
  }
}
