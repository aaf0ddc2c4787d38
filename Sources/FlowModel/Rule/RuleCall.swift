//! What a rule is asked and what it answers. The RuleEngine fills these; the run machine reads them.
package import SwitchboardSDK

/// One question to a rule.
package struct RuleCall: Sendable, Hashable {
  package var project: String
  /// The rule's name: `reply` for `rules/<project>/reply.lua`.
  package var rule: String
  /// `msg` of the contract: `id`, `text`, `from` (listen label), `kind`, `sender` {id, name, username},
  /// `chat` {id, kind}, `attachments` [{kind, label, url, name}], `reply_to`, `channel` (connection's name),
  /// `callback`.
  package var message: Value
  /// `conv`: `key`, `name`, `item` {id, title, price, price_text, url} or nil, `state` (small values kept per
  /// conversation), `is_answered`.
  package var conversation: Value
  /// `ctx.now`: fixed for the event, so that a replay decides the same.
  package var now: Timestamp
  /// Offset of the project's time zone at `now`; `ctx.local_time` is made of both.
  package var utcOffsetSeconds: Int
  /// Seeds `ctx.random`: fixed for the event.
  package var seed: UInt64
  /// `project.*` settings (stop words, greeting …), readable as `ctx.project`.
  package var settings: Value
  /// What the flow allows for the answer, beside the budget of the rule itself.
  package var timeoutMilliseconds: Int64?

  package init(
    project: String, rule: String, message: Value, conversation: Value, now: Timestamp, utcOffsetSeconds: Int,
    seed: UInt64, settings: Value, timeoutMilliseconds: Int64? = nil
  ) {
    self.project = project
    self.rule = rule
    self.message = message
    self.conversation = conversation
    self.now = now
    self.utcOffsetSeconds = utcOffsetSeconds
    self.seed = seed
    self.settings = settings
    self.timeoutMilliseconds = timeoutMilliseconds
  }
}

/// What a rule decided.
package struct RuleDecision: Sendable, Hashable {
  /// `pass`, `reply`, `route`, `block`, `drop`, or a word of the rule's own.
  package var action: String
  /// The text of `reply("…")`.
  package var reply: String?
  /// The name of `route("vip")`.
  package var route: String?
  /// Why, for `block` and `drop`.
  package var reason: String?
  /// Added with `:tag("…")`.
  package var tags: [String]
  /// Added with `:set("name", value)`: texts, numbers and flags.
  package var values: [String: Value]
  /// The conversation's small values after the rule; nil when it changed nothing.
  package var state: Value?
  /// The version (content hash) of the rule that answered.
  package var version: String

  package init(
    action: String, reply: String? = nil, route: String? = nil, reason: String? = nil, tags: [String] = [],
    values: [String: Value] = [:], state: Value? = nil, version: String
  ) {
    self.action = action
    self.reply = reply
    self.route = route
    self.reason = reason
    self.tags = tags
    self.values = values
    self.state = state
    self.version = version
  }

  /// As the flow reads it under the step's id.
  package var value: Value {
    .map([
      "action": .text(action), "reply": reply.map(Value.text) ?? .null, "route": route.map(Value.text) ?? .null,
      "reason": reason.map(Value.text) ?? .null, "tags": .list(tags.map(Value.text)), "values": .map(values),
    ])
  }
}

/// A rule that gave no decision.
package struct RuleFailure: Error, Sendable, Hashable {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// No such rule, or it never compiled.
    case missing
    /// A Lua error while it ran.
    case failed
    /// Over the instruction, memory or time budget.
    case instructions, memory, time
    /// It returned something that is no decision.
    case badResult
    /// What it left in `conv.state` is over 16 KiB, 500 values or 8 levels, or nothing that can be kept.
    case state
    /// Ten failures in a row: not asked again until it changes or the breaker half-opens.
    case breakerOpen
  }
  package var code: Code
  package var rule: String
  /// Line in the rule's file, when known.
  package var line: Int?
  /// For the owner, no secrets, at most 4 KiB, control characters escaped.
  package var detail: String

  package init(code: Code, rule: String, line: Int? = nil, detail: String) {
    self.code = code
    self.rule = rule
    self.line = line
    self.detail = detail
  }
}
