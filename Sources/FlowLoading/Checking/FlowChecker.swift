//! What only shows when the flow is seen as a whole: steps that nothing reaches, relays that run in a circle, texts
//! that the channel would not take.
internal import FlowModel
internal import SwitchboardSDK

struct FlowChecker {
  private(set) var log: DiagnosticLog
  private let flow: Flow
  private let catalogue: Catalogue
  private let stepSpans: [String: SourceSpan]
  private let textSpans: [String: SourceSpan]

  init(reader: FlowReader, flow: Flow) {
    log = reader.log
    self.flow = flow
    catalogue = reader.catalogue
    stepSpans = reader.stepSpans
    textSpans = reader.textSpans
  }

  mutating func check() {
    log.trail = ["flow '\(flow.name)'"]
    _ = walk(flow.steps, Set(flow.triggers.indices), isAsked: false, trail: log.trail)
  }

  /// The triggers whose events leave the list at its end. `isAsked`: a condition on chat or thread has been passed,
  /// which says more about the way than labels can.
  private mutating func walk(_ steps: [Step], _ entering: Set<Int>, isAsked: Bool, trail: [String]) -> Set<Int> {
    var reaching = entering
    var asked = isAsked
    var isEnded = false
    for step in steps {
      log.trail = trail + [step.id.split(separator: ".").last.map(String.init) ?? step.id]
      if isEnded {
        log.add(.unreachableStep, span(step), "no message comes to this step", hint: "the step above ends every run")
        return []
      }
      let inside = step.condition.map { LabelNarrowing.split(reaching, by: $0, flow.triggers).whenTrue } ?? reaching
      let isConditional = step.condition != nil
      asked = asked || step.condition?.asksForPlace == true
      let leaving = check(step, inside, &asked, trail: log.trail)
      isEnded = leaving == nil && !isConditional
      reaching = isConditional ? reaching : leaving ?? []
    }
    return isEnded ? [] : reaching
  }

  private func span(_ step: Step) -> SourceSpan {
    stepSpans[step.id] ?? SourceSpan(line: step.place.line, column: step.place.column)
  }

  /// Nil when no run goes on behind the step.
  private mutating func check(_ step: Step, _ reaching: Set<Int>, _ asked: inout Bool, trail: [String]) -> Set<Int>? {
    switch step.body {
    case .drop, .stop: return nil
    case .filter(let condition, let otherwise):
      let split = LabelNarrowing.split(reaching, by: condition, flow.triggers)
      if case .steps(let steps) = otherwise {
        _ = walk(steps, split.whenFalse, isAsked: asked || condition.asksForPlace, trail: trail + ["else"])
      }
      asked = asked || condition.asksForPlace
      return split.whenTrue
    case .route(let branches): return route(branches, reaching, asked, trail)
    case .relay(let relay):
      if !asked { checkLoop(relay.target, step, reaching) }
      checkTexts(relay, step)
      return reaching
    case .reply(let outgoing):
      for connection in connections(reaching) { checkText(outgoing.text, step, connection) }
      return reaching
    case .autoReply(let reply):
      for connection in connections(reaching) { checkText(reply.text, step, connection) }
      return reaching
    case .send(let send):
      if let connection = send.target.connection { checkText(send.outgoing.text, step, connection) }
      return reaching
    case .emit(let emit):
      checkEmission(emit, step, reaching)
      return reaching
    case .rule, .set, .call, .wait, .state, .flow: return reaching
    case .fail:
      // Somebody may take it, and `on_error: skip` goes on.
      return step.onError?.last == .skip ? reaching : nil
    case .attempt(let steps, let handler):
      let tried = walk(steps, reaching, isAsked: asked, trail: trail + ["try"])
      let caught = walk(handler, reaching, isAsked: asked, trail: trail + ["catch"])
      return steps.endsRun && handler.endsRun ? nil : tried.union(caught)
    case .each(let each):
      _ = walk(each.steps, reaching, isAsked: asked, trail: trail + ["do"])
      return reaching
    case .parallel(let branches):
      for branch in branches { checkWaits(branch.steps) }
      for branch in branches { _ = walk(branch.steps, reaching, isAsked: asked, trail: trail + [branch.name]) }
      return branches.contains(where: \.steps.endsRun) ? nil : reaching
    }
  }

  private mutating func route(
    _ branches: [Branch], _ reaching: Set<Int>, _ asked: Bool, _ trail: [String]
  ) -> Set<Int>? {
    var rest = reaching
    var leaving: Set<Int> = []
    var goesOn = false
    var isAsked = asked
    var whens = 0
    for branch in branches {
      var inside = rest
      if let when = branch.when {
        let split = LabelNarrowing.split(rest, by: when, flow.triggers)
        inside = split.whenTrue
        rest = split.whenFalse
        isAsked = isAsked || when.asksForPlace
      }
      let segment = branch.when == nil ? "else" : "when[\(whens)]"
      whens += branch.when == nil ? 0 : 1
      let out = walk(branch.steps, inside, isAsked: isAsked, trail: trail + [segment])
      leaving.formUnion(out)
      if !branch.steps.endsRun { goesOn = true }
    }
    return goesOn ? leaving : nil
  }

  private func connections(_ reaching: Set<Int>) -> [String] {
    Set(reaching.compactMap { flow.triggers[$0].connection }).sorted()
  }

  // MARK: Loops

  private mutating func checkLoop(_ target: Relay.Target, _ step: Step, _ reaching: Set<Int>) {
    for index in reaching.sorted() {
      guard case .events(let connection, _, let chats) = flow.triggers[index].source else { continue }
      let label = flow.triggers[index].label
      switch target {
      case .thread(connection) where chats != .private:
        log.add(
          .relayLoop, span(step), "a message of '\(label)' would be relayed into the thread it came from",
          hint: "ask for 'event.from' first")
        return
      case .origin where chats == .private || catalogue.capabilities(connection)?.hasThreads == false:
        log.add(
          .relayLoop, span(step), "a message of '\(label)' would be relayed back to who wrote it",
          hint: "ask for 'event.from' first")
        return
      case .origin, .thread, .chat: continue
      }
    }
  }

  /// A wait ends the run's turn; the other branches could not go on meanwhile.
  private mutating func checkWaits(_ steps: [Step]) {
    for step in steps {
      if case .wait = step.body {
        log.add(
          .notYet, span(step), "a branch of 'parallel' cannot wait in this version", hint: "wait before or behind it")
      }
      for inner in step.body.inner { checkWaits(inner) }
    }
  }

  /// An event that starts the very flow which emits it goes round and round.
  private mutating func checkEmission(_ emit: Emit, _ step: Step, _ reaching: Set<Int>) {
    for index in reaching.sorted() where flow.triggers[index].source == .topic(connection: nil, name: emit.topic) {
      log.add(
        .emitLoop, span(step), "'\(emit.topic)' starts this flow, which emits it again",
        hint: "ask for 'event.from' first")
      return
    }
  }

  // MARK: Lengths

  private mutating func checkTexts(_ relay: Relay, _ step: Step) {
    guard let connection = relay.target.connection, let capabilities = catalogue.capabilities(connection) else {
      return
    }
    check(relay.title, "title", step, connection, capabilities.threadTitleScalarsMax)
    check(relay.intro, "intro", step, connection, capabilities.textScalarsMax)
    check(relay.prefix, "prefix", step, connection, capabilities.textScalarsMax)
  }

  private mutating func checkText(_ text: TextSource, _ step: Step, _ connection: String) {
    guard let capabilities = catalogue.capabilities(connection) else { return }
    switch text {
    case .template(let template): check(template, "text", step, connection, capabilities.textScalarsMax)
    case .expression(let expression):
      check(expression.longestLiteral, "text", step, connection, capabilities.textScalarsMax)
    }
  }

  /// What stands written is at least what will be sent; holes count nothing.
  private mutating func check(_ template: Template?, _ field: String, _ step: Step, _ connection: String, _ most: Int) {
    guard let template, most > 0 else { return }
    let length = template.parts.reduce(0) { sum, part in
      if case .literal(let literal) = part { return sum + literal.unicodeScalars.count }
      return sum
    }
    guard length > most else { return }
    log.add(
      .textOverLimit, textSpans["\(step.id)/\(field)"] ?? span(step),
      "this text has \(length) characters without its holes, '\(connection)' takes \(most)")
  }
}

extension Relay.Target {
  fileprivate var connection: String? {
    switch self {
    case .origin: nil
    case .thread(let connection), .chat(let connection, _): connection
    }
  }
}

extension StepBody {
  /// The lists of steps that it holds itself; those of sub-flows are asked when they run.
  fileprivate var inner: [[Step]] {
    switch self {
    case .filter(_, .steps(let steps)): [steps]
    case .route(let branches): branches.map(\.steps)
    case .attempt(let steps, let handler): [steps, handler]
    case .each(let each): [each.steps]
    default: []
    }
  }
}

extension [Step] {
  /// Whether no run leaves the list at its end.
  fileprivate var endsRun: Bool {
    guard let last, last.condition == nil else { return false }
    switch last.body {
    case .drop, .stop: return true
    case .route(let branches): return branches.allSatisfy(\.steps.endsRun)
    case .fail: return last.onError?.last != .skip
    case .attempt(let steps, let handler): return steps.endsRun && handler.endsRun
    case .parallel(let branches): return branches.contains(where: \.steps.endsRun)
    case .each, .flow, .filter, .rule, .relay, .reply, .send, .autoReply, .set, .call, .wait, .emit, .state:
      return false
    }
  }
}

extension Expression {
  /// Whether it looks at where the event happened.
  fileprivate var asksForPlace: Bool {
    switch self {
    case .literal: false
    case .path(let path): ["chat", "event"].contains(path.first) && ["kind", "thread", "id"].contains(path.last)
    case .list(let elements): elements.contains(where: \.asksForPlace)
    case .map(let members): members.values.contains(where: \.asksForPlace)
    case .not(let operand), .negate(let operand): operand.asksForPlace
    case .binary(_, let left, let right): left.asksForPlace || right.asksForPlace
    case .call(_, let arguments): arguments.contains(where: \.asksForPlace)
    }
  }

  /// The longest text among the operands of `or` and `and`.
  fileprivate var longestLiteral: Template? {
    switch self {
    case .literal(.text(let text)): Template(literal: text)
    case .binary(.or, let left, let right), .binary(.and, let left, let right):
      [left.longestLiteral, right.longestLiteral].compactMap { $0 }.max { $0.writtenCount < $1.writtenCount }
    default: nil
    }
  }
}

extension Template {
  fileprivate var writtenCount: Int {
    parts.reduce(0) { sum, part in
      if case .literal(let literal) = part { return sum + literal.unicodeScalars.count }
      return sum
    }
  }
}
