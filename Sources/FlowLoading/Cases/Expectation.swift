//! What a case expects, as values.
package import SwitchboardSDK

package struct Expectation: Sendable {
  package enum Body: Sendable {
    case out(OutPattern)
    /// Nothing of this went out.
    case none(OutPattern)
    /// A pending timer; nil: there is none at all.
    case pending(PendingPattern?)
    case run(RunPattern)
    /// The named steps that one of the runs went through, in order.
    case path([String])
    case conversation(ConversationPattern)
    case decision(DecisionPattern)
  }

  package var body: Body
  /// How often; nil: at least once.
  package var times: Int?
  package var span: SourceSpan
}

/// All that is given must hold.
package struct TextPattern: Sendable, Hashable {
  package var exact: String?
  package var contains: [String] = []
  package var lacks: [String] = []
  package var startsWith: String?
  /// `*` and `?`, letter case and ё/е aside, as in expressions.
  package var matches: String?
}

package struct OutPattern: Sendable {
  /// `send` when left out; nil for any.
  package var action: String? = "send"
  package var connection: String?
  package var chat: String?
  package var thread: CaseEvent.Thread?
  package var step: String?
  package var text: TextPattern?
  /// Kinds, in order.
  package var attachments: [Attachment.Kind]?
  /// Texts of all buttons, in order.
  package var buttons: [String]?
  /// Arguments of an action: those named must be equal.
  package var arguments: [String: Value] = [:]
}

package struct PendingPattern: Sendable {
  package var step: String?
  package var chat: String?
  package var text: TextPattern?
  /// From the present moment.
  package var inMilliseconds: Int64?
}

package struct RunPattern: Sendable {
  package enum Status: String, Sendable, CaseIterable { case waiting, parked, done, dead, dropped, running, queued }

  package var flow: String?
  package var label: String?
  package var status: Status?
  package var outcome: TextPattern?
}

package struct ConversationPattern: Sendable {
  package var connection: String?
  package var chat: String
  package var name: TextPattern?
  package var isAnswered: Bool?
  /// Members named must be equal; null: not there.
  package var state: [String: Value] = [:]
  package var item: [String: Value] = [:]
}

package struct DecisionPattern: Sendable {
  package var rule: String?
  package var action: String?
  package var reply: TextPattern?
  package var route: String?
  package var reason: TextPattern?
  package var tags: [String]?
  package var state: [String: Value] = [:]
  /// The rule fails with this.
  package var error: TextPattern?
  package var printed: TextPattern?
}
