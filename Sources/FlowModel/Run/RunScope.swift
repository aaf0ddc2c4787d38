//! What the paths of expressions and holes lead to while a run is under way.
package import SwitchboardSDK

/// Roots: `event`, `message`, `sender`, `chat`, `conversation`, `project`, `vars`, `callback`, `command`,
/// and the id of any named step that has a result.
package struct RunScope: ExpressionScope {
  private let context: RunFacts
  private let box: ConversationBox
  private let vars: [String: Value]
  private let results: [String: Value]
  private let program: Program
  /// Threads around the steps that stand in blocks; nil elsewhere.
  private let threads: [[Frame]]?
  /// What the variables are before anything is set: of the flow, or of the sub-flow that runs.
  private var declared: [String: Value] {
    guard let calledFlow else { return program.flow.vars }
    return program.flow.callees[calledFlow]?.vars ?? [:]
  }
  private let calledFlow: String?

  package init(context: RunContext, state: RunState, program: Program) {
    self.context = context.facts
    self.box = context.box
    self.program = program
    if state.isNested {
      self.vars = state.scopeVars
      self.results = state.scopeResults
      self.threads = state.threads
      self.calledFlow = state.calledFlow
    } else {
      self.vars = state.vars
      self.results = state.results
      self.threads = nil
      self.calledFlow = nil
    }
  }

  package func value(at path: [String]) -> Value {
    guard let root = path.first else { return .null }
    let rest = path.dropFirst()
    switch root {
    case "event": return eventValue(rest)
    case "message": return messageValue(rest)
    case "sender": return context.event.sender.value.member(at: rest)
    case "chat": return context.event.chat.value.member(at: rest)
    case "conversation": return conversationValue(rest)
    case "project": return context.settings.member(at: rest)
    case "vars":
      guard let name = rest.first else { return .map(declared.merging(vars) { _, set in set }) }
      return (vars[name] ?? declared[name] ?? .null).member(at: rest.dropFirst())
    case "callback": return callbackValue.member(at: rest)
    case "command": return commandValue.member(at: rest)
    default:
      if let threads, let local = local(root, threads) { return local.member(at: rest) }
      return (results[root] ?? .null).member(at: rest)
    }
  }

  /// `error` in a `catch`; `each` and the element's name in an `each`: the innermost has it.
  private func local(_ root: String, _ threads: [[Frame]]) -> Value? {
    for frames in threads {
      for frame in frames.reversed() {
        switch frame.content {
        case .handler(let error) where root == "error": return error
        case .each(let round):
          if root == "each" { return ["index": .int(Int64(round.index)), "count": .int(Int64(round.items.count))] }
          if case .each(let each)? = program.block(at: frame.position)?.step.body, each.name == root {
            return round.items.indices.contains(round.index) ? round.items[round.index] : .null
          }
        // What is around a sub-flow is not to be seen in it.
        case .flow: return nil
        case .plain, .attempt, .handler, .parallel: continue
        }
      }
    }
    return nil
  }

  private func eventValue(_ path: ArraySlice<String>) -> Value {
    switch path.first {
    case "from": .text(context.label)
    case "kind": .text(context.event.kind.rawValue)
    case "connection": .text(context.connection)
    case "external_id": .text(context.event.externalID)
    case "thread": context.event.thread.map(Value.text) ?? .null
    case "is_echo": .bool(context.event.isEcho)
    case "occurred_at": .text(context.event.occurredAt.description)
    case "received_at": .text(context.receivedAt.description)
    case "details": context.event.details.member(at: path.dropFirst())
    case "topic", "data": context.event.details.member(at: path)
    default: .null
    }
  }

  private func messageValue(_ path: ArraySlice<String>) -> Value {
    guard let message = context.event.message else { return .null }
    // The path that nearly every filter takes is answered without building the rest.
    if path.first == "text", path.count == 1 { return .text(message.text) }
    return message.value.member(at: path)
  }

  private func conversationValue(_ path: ArraySlice<String>) -> Value {
    let conversation = box.snapshot
    switch path.first {
    case "key": return .text(conversation.key)
    case "name": return .text(conversation.name)
    case "state": return conversation.state.member(at: path.dropFirst())
    case "answered": return .bool(conversation.answeredAt != nil)
    case "thread": return conversation.threads.values.first.map { .text($0.thread) } ?? .null
    // False for what is written in a group outside the threads that mirror conversations.
    case "known": return .bool(!RunContext.isFromOrigin(context, conversation) || context.event.chat.kind == .private)
    case "origin":
      let origin: Value = ["connection": .text(conversation.connection), "chat": .text(conversation.chat)]
      return origin.member(at: path.dropFirst())
    default: return conversation.facts.member(at: path)
    }
  }

  private var callbackValue: Value {
    guard let callback = context.event.callback else { return .null }
    var members: [String: Value] = [
      "id": .text(callback.id), "data": .text(callback.data),
      "message_id": callback.messageID.map(Value.text) ?? .null,
    ]
    for trigger in program.flow.triggers where trigger.label == context.label {
      if case .callback(_, let pattern) = trigger.source, let holes = pattern.match(callback.data) {
        members.merge(holes.mapValues(Value.text)) { known, _ in known }
      }
    }
    return .map(members)
  }

  private var commandValue: Value {
    guard let command = BotCommand(context.event.message?.text ?? "") else { return .null }
    return ["name": .text(command.name), "arguments": .text(command.arguments)]
  }
}
