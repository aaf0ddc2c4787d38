//! The steps of a flow as values. What each does is decided in `RunMachine`; how it is written, in FlowLoading.
package import SwitchboardSDK

package struct Step: Sendable, Hashable {
  /// Given in the file, else the path (`way.else.do[0]`): unique within the flow.
  package var id: String
  /// Whether the file gave `id`: only then may other steps read its result.
  package var isNamed: Bool
  package var place: SourcePlace
  /// `if:`; the step is passed over when it is false.
  package var condition: Expression?
  /// Nil takes the flow's.
  package var onError: ErrorPolicy?
  package var timeoutMilliseconds: Int64?
  package var body: StepBody

  package init(
    id: String, isNamed: Bool, place: SourcePlace, condition: Expression? = nil, onError: ErrorPolicy? = nil,
    timeoutMilliseconds: Int64? = nil, body: StepBody
  ) {
    self.id = id
    self.isNamed = isNamed
    self.place = place
    self.condition = condition
    self.onError = onError
    self.timeoutMilliseconds = timeoutMilliseconds
    self.body = body
  }
}

package indirect enum StepBody: Sendable, Hashable {
  /// `filter:` passes on when true; else the run takes the other way.
  case filter(Expression, otherwise: FilterElse)
  /// `rule: name`: asks `rules/<project>/<name>.lua`; the decision is readable under the step's id.
  case rule(name: String)
  case route([Branch])
  case relay(Relay)
  /// `reply:` a text to the chat (and thread) the event came from.
  case reply(Outgoing)
  case send(Send)
  case autoReply(AutoReply)
  /// `set: { path: expression }`: `vars.*` for this run, `conversation.state.*` durably.
  case set([Assignment])
  case call(Call)
  /// `wait:` the run leaves its lane and goes on later, as a run of its own.
  case wait(Wait)
  /// `emit:` an event inside the project.
  case emit(Emit)
  case drop(reason: String)
  /// Ends the flow, all well: a sub-flow goes back to its caller.
  case stop
  /// `state:` a value of the project.
  case state(StateAccess)
  /// `fail:` the step fails, whatever that leads to.
  case fail(Failing)
  /// `try:` with its `catch:`.
  case attempt([Step], handler: [Step])
  case each(Each)
  /// Branches that make their calls at the same time.
  case parallel([ParallelBranch])
  /// `flow: NAME`, a flow called like a step.
  case flow(FlowCall)
}

extension StepBody {
  /// Whether other steps stand inside: `timeout` and `on_error` are then about all of them together.
  package var isBlock: Bool {
    switch self {
    case .filter, .route, .attempt, .each, .parallel, .flow: true
    case .rule, .relay, .reply, .send, .autoReply, .set, .call, .wait, .emit, .state, .drop, .stop, .fail: false
    }
  }
}

package enum FilterElse: Sendable, Hashable {
  case drop(reason: String)
  case stop
  case steps([Step])
}

package struct Branch: Sendable, Hashable {
  /// Nil is `else`.
  package var when: Expression?
  package var steps: [Step]

  package init(when: Expression?, steps: [Step]) {
    self.when = when
    self.steps = steps
  }
}

/// `relay:`: carries the event's message, attachments included, somewhere else.
package struct Relay: Sendable, Hashable {
  package enum Target: Sendable, Hashable {
    /// `to: conversation.origin`
    case origin
    /// `to: desk, thread: conversation`
    case thread(connection: String)
    /// `to: desk, chat: "…"`, no thread.
    case chat(connection: String, chat: Template)
  }
  package var target: Target
  package var title: Template?
  package var intro: Template?
  package var prefix: Template?

  package init(target: Target, title: Template? = nil, intro: Template? = nil, prefix: Template? = nil) {
    self.target = target
    self.title = title
    self.intro = intro
    self.prefix = prefix
  }
}

/// What to say: text and, optionally, buttons.
package struct Outgoing: Sendable, Hashable {
  package var text: TextSource
  package var buttons: [[ButtonTemplate]]

  package init(text: TextSource, buttons: [[ButtonTemplate]] = []) {
    self.text = text
    self.buttons = buttons
  }
}

package struct ButtonTemplate: Sendable, Hashable {
  package var text: Template
  package var data: Template
  package init(text: Template, data: Template) {
    self.text = text
    self.data = data
  }
}

/// A text in a flow: written with holes, or computed (`text: rules.reply or vars.greeting`).
/// Which fields read as which is part of the schema.
package enum TextSource: Sendable, Hashable {
  case template(Template)
  case expression(Expression)
}

/// `send:` a text to a named chat of a connection, or into the conversation's thread.
package struct Send: Sendable, Hashable {
  package var target: Relay.Target
  package var outgoing: Outgoing

  package init(target: Relay.Target, outgoing: Outgoing) {
    self.target = target
    self.outgoing = outgoing
  }
}

/// `auto_reply:` a reply to the conversation's origin after a while, unless somebody answers first.
package struct AutoReply: Sendable, Hashable {
  package enum CountFrom: String, Sendable, Hashable, CaseIterable { case first, last }
  /// Milliseconds from the (first or last) unanswered message.
  package var after: DurationSource
  package var from: CountFrom
  package var unlessOperatorAnswered: Bool
  /// At most one auto-reply (or operator's answer) per conversation in this time; nil for no limit.
  package var oncePer: DurationSource?
  package var active: ActiveHours?
  package var text: TextSource

  package init(
    after: DurationSource, from: CountFrom, unlessOperatorAnswered: Bool, oncePer: DurationSource?,
    active: ActiveHours?, text: TextSource
  ) {
    self.after = after
    self.from = from
    self.unlessOperatorAnswered = unlessOperatorAnswered
    self.oncePer = oncePer
    self.active = active
    self.text = text
  }
}

/// A duration written out, or an expression over settings (`project.auto_reply_after`), in milliseconds or as `75s`.
package enum DurationSource: Sendable, Hashable {
  case milliseconds(Int64)
  case expression(Expression)
}

package struct Assignment: Sendable, Hashable {
  /// `["vars", "x"]` or `["conversation", "state", "x"]`.
  package var path: [String]
  package var value: Expression
  package init(path: [String], value: Expression) {
    self.path = path
    self.value = value
  }
}

/// `call:` an action of a connector.
package struct Call: Sendable, Hashable {
  package var connection: String
  package var action: String
  package var chat: Expression?
  package var arguments: [String: TextSource]

  package init(connection: String, action: String, chat: Expression?, arguments: [String: TextSource]) {
    self.connection = connection
    self.action = action
    self.chat = chat
    self.arguments = arguments
  }
}

/// `wait:` a duration, a time, or an event with a timeout.
package enum Wait: Sendable, Hashable {
  case duration(DurationSource)
  /// A text such as `2026-03-02T10:00` or `09:00`, in the project's time zone.
  case until(TextSource)
  case event(AwaitedEvent)
}

/// What a run waits for, and for how long at most.
package struct AwaitedEvent: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    /// What a flow of the project emits.
    case topic(String)
    /// What a connection brings: in this conversation, or anywhere on it.
    case connection(String, kinds: [Event.Kind], topic: String?, isAnywhere: Bool)
  }
  package var source: Source
  /// Asked of the event that has come; `vars`, `conversation` and results are the waiting run's.
  package var condition: Expression?
  package var timeout: DurationSource

  package init(source: Source, condition: Expression?, timeout: DurationSource) {
    self.source = source
    self.condition = condition
    self.timeout = timeout
  }
}

/// `emit:` the topic and what is said on it.
package struct Emit: Sendable, Hashable {
  package var topic: String
  package var data: [String: Expression]

  package init(topic: String, data: [String: Expression]) {
    self.topic = topic
    self.data = data
  }
}
