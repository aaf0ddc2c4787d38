//! Judges expectations at one moment of a case.
import FlowLoading
import FlowModel
import JournalCore
import SwitchboardSDK

struct CaseJudge {
  let world: CaseWorld
  let window: CaseWindow

  func failures(of expectations: [Expectation]) async -> [CaseFailure] {
    await nameSteps()
    var failures: [CaseFailure] = []
    var claimed: Set<Int> = []
    for expectation in expectations {
      if let failure = await failure(of: expectation, &claimed) { failures.append(failure) }
    }
    return failures
  }

  private func failure(of expectation: Expectation, _ claimed: inout Set<Int>) async -> CaseFailure? {
    switch expectation.body {
    case .out(let pattern): return await out(pattern, expectation, &claimed)
    case .none(let pattern): return await none(pattern, expectation)
    case .pending(let pattern): return await pending(pattern, expectation)
    case .run(let pattern): return await run(pattern, expectation)
    case .path(let steps): return path(steps, expectation)
    case .conversation(let pattern): return await conversation(pattern, expectation)
    case .decision(let pattern): return decision(pattern, expectation)
    }
  }

  /// The send ledger knows which step each deed belongs to.
  private func nameSteps() async {
    for (index, deed) in world.channels.deeds.enumerated() where deed.step == nil {
      let parts = deed.action.idempotencyKey.split(separator: "-")
      guard parts.count == 3, let run = Int64(parts[1]), let sequence = Int(parts[2]) else { continue }
      let entries = (try? await world.journal.deliveries(of: run)) ?? []
      if let entry = entries.first(where: { $0.sequence == sequence }) {
        world.channels.note(step: entry.step, at: index)
      }
    }
  }

  // MARK: What went out

  private func out(_ pattern: OutPattern, _ expectation: Expectation, _ claimed: inout Set<Int>) async -> CaseFailure? {
    let deeds = world.channels.deeds
    let thread = await thread(of: pattern)
    var fitting: [Int] = []
    var nearest: (index: Int, mismatches: [String])?
    for index in deeds.indices.dropFirst(window.deeds) {
      let mismatches = PatternMatch.mismatches(deeds[index], pattern, thread: thread)
      if mismatches.isEmpty {
        fitting.append(index)
      } else if !claimed.contains(index), mismatches.count < nearest?.mismatches.count ?? .max {
        nearest = (index, mismatches)
      }
    }
    if let times = expectation.times {
      claimed.formUnion(fitting)
      guard fitting.count != times else { return nil }
      let notes = fitting.isEmpty ? Self.notes(nearest, deeds) : fitting.map { Self.shown(deeds[$0]) }
      return CaseFailure(
        expectation.span, "this went out \(Self.times(fitting.count)), expected \(Self.times(times))", notes: notes)
    }
    if let first = fitting.first(where: { !claimed.contains($0) }) {
      claimed.insert(first)
      return nil
    }
    guard fitting.isEmpty else {
      return CaseFailure(
        expectation.span, "this went out \(Self.times(fitting.count)), and each of them is expected above already",
        notes: fitting.map { Self.shown(deeds[$0]) })
    }
    return CaseFailure(expectation.span, "nothing like this went out", notes: Self.notes(nearest, deeds))
  }

  private func none(_ pattern: OutPattern, _ expectation: Expectation) async -> CaseFailure? {
    let thread = await thread(of: pattern)
    let fitting = world.channels.deeds.dropFirst(window.deeds).filter {
      PatternMatch.mismatches($0, pattern, thread: thread).isEmpty
    }
    guard !fitting.isEmpty else { return nil }
    return CaseFailure(
      expectation.span, "this went out \(Self.times(fitting.count)), expected never", notes: fitting.map(Self.shown))
  }

  private func thread(of pattern: OutPattern) async -> ThreadPlace? {
    guard case .conversation(let origin, let chat) = pattern.thread else { return nil }
    if let connection = pattern.connection { return await world.place(of: chat, origin: origin, on: connection) }
    for connection in world.setting.house.connections.keys.sorted() {
      if let place = await world.place(of: chat, origin: origin, on: connection) { return place }
    }
    return nil
  }

  private static func notes(_ nearest: (index: Int, mismatches: [String])?, _ deeds: [CaseChannels.Deed]) -> [String] {
    guard let nearest else { return ["nothing at all went out"] }
    return ["nearest: \(shown(deeds[nearest.index]))"] + nearest.mismatches
  }

  private static func shown(_ deed: CaseChannels.Deed) -> String {
    let step = deed.step.map { " (step \($0))" } ?? ""
    return "+\(CaseStory.duration(deed.elapsed)) \(CaseChannels.described(deed.action, on: deed.connection))\(step)"
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : count == 0 ? "never" : "\(count) times" }

  // MARK: What stands in the journal

  private func pending(_ pattern: PendingPattern?, _ expectation: Expectation) async -> CaseFailure? {
    let timers = (try? await world.journal.pendingTimers(project: nil, after: nil, limit: 1_000)) ?? []
    let shown = timers.map { timer in
      "pending: step \(Self.step(of: timer)) of \(timer.conversation), "
        + "in \(CaseStory.duration(timer.dueAt.millisecondsSince(world.clock.now())))"
    }
    guard let pattern else {
      guard !timers.isEmpty else { return nil }
      return CaseFailure(expectation.span, "\(timers.count) timers are pending, expected none", notes: shown)
    }
    let fitting = timers.filter { timer in
      if let step = pattern.step, step != Self.step(of: timer) { return false }
      if let chat = pattern.chat, !timer.conversation.hasSuffix("/\(chat)") { return false }
      if let wait = pattern.inMilliseconds, timer.dueAt.millisecondsSince(world.clock.now()) != wait { return false }
      let text = (try? JSON.parse(timer.state))?["auto"]["text"].textValue
      return PatternMatch.mismatches(text, pattern.text, "text").isEmpty
    }
    return count(fitting.count, expectation, what: "pending timers like this", got: shown)
  }

  /// `auto:<flow>:<step>:<conversation>`, `wait:<project>:<place><flow>:<step>:<run>`
  private static func step(of timer: TimerRecord) -> String {
    if timer.key.hasPrefix("wait:") {
      return timer.key.split(separator: ":").dropLast().last.map(String.init) ?? timer.key
    }
    let parts = timer.key.split(separator: ":", maxSplits: 3)
    return parts.count == 4 ? String(parts[2]) : timer.key
  }

  private func run(_ pattern: RunPattern, _ expectation: Expectation) async -> CaseFailure? {
    let runs = (try? await world.journal.runs(matching: RunFilter(), before: .max, limit: 10_000)) ?? []
    let fitting = runs.filter { run in
      if let flow = pattern.flow, flow != run.flow { return false }
      if let label = pattern.label, label != run.label { return false }
      if let status = pattern.status, status.rawValue != "\(run.status)" { return false }
      return PatternMatch.mismatches(run.outcome, pattern.outcome, "outcome").isEmpty
    }
    return count(
      fitting.count, expectation, what: "runs like this",
      got: runs.reversed().map { "run \($0.id) from \($0.label): \($0.status), \($0.outcome ?? "-")" })
  }

  /// A run of the case went exactly this way, as far as steps with an id of their own go.
  private func path(_ steps: [String], _ expectation: Expectation) -> CaseFailure? {
    let paths = world.probe.paths.sorted { $0.key < $1.key }
    guard !paths.contains(where: { $0.value == steps }) else { return nil }
    return CaseFailure(
      expectation.span, "no run went this way",
      notes: ["expected: \(steps.joined(separator: ", "))"]
        + paths.prefix(20).map { "run \($0.key): \($0.value.joined(separator: ", "))" })
  }

  private func count(_ found: Int, _ expectation: Expectation, what: String, got: [String]) -> CaseFailure? {
    if expectation.times.map({ found == $0 }) ?? (found > 0) { return nil }
    let wanted = expectation.times.map { "\($0)" } ?? "at least one"
    return CaseFailure(
      expectation.span, "there are \(found) \(what), expected \(wanted)",
      notes: got.isEmpty ? ["there is nothing of the kind"] : Array(got.prefix(20)))
  }

  private func conversation(_ pattern: ConversationPattern, _ expectation: Expectation) async -> CaseFailure? {
    let origins = pattern.connection.map { [$0] } ?? world.setting.house.connections.keys.sorted()
    for origin in origins {
      let key = ConversationSnapshot.key(project: world.project, connection: origin, chat: pattern.chat)
      guard let record = try? await world.journal.conversation(key) else { continue }
      var notes = PatternMatch.mismatches(record.name, pattern.name, "name")
      notes += PatternMatch.mismatch(record.answeredAt != nil, pattern.isAnswered, "answered") { "\($0)" }
      notes += PatternMatch.members(record.state, pattern.state, "state")
      notes += PatternMatch.members(record.facts["item"], pattern.item, "item")
      return notes.isEmpty
        ? nil : CaseFailure(expectation.span, "conversation \(pattern.chat) is otherwise", notes: notes)
    }
    return CaseFailure(expectation.span, "nothing is kept of conversation \(pattern.chat)")
  }

  // MARK: Rules

  private func decision(_ pattern: DecisionPattern, _ expectation: Expectation) -> CaseFailure? {
    let asked = world.rules.asked.dropFirst(window.asked)
    let matches = asked.map { PatternMatch.mismatches($0.trial, rule: $0.rule, pattern) }
    let found = matches.count { $0.isEmpty }
    if expectation.times.map({ found == $0 }) ?? (found > 0) { return nil }
    let wanted = expectation.times.map { Self.times($0) } ?? "at least once"
    var notes = asked.map { "decided: \(CaseRules.described($0.rule, $0.trial))" }
    if found == 0, let nearest = matches.min(by: { $0.count < $1.count }) { notes += nearest }
    return CaseFailure(
      expectation.span, "a rule decided this \(Self.times(found)), expected \(wanted)",
      notes: notes.isEmpty ? ["no rule was asked"] : notes)
  }
}
