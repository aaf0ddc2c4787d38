//! A file of cases as values: what happens, and what is expected of a flow or a rule. Read by `CaseReader`, played by
//! FlowCases.
package import FlowModel
package import SwitchboardSDK

package struct CaseFile: Sendable {
  package enum Subject: Sendable, Hashable {
    case flow(String)
    case rule(String)

    package var name: String {
      switch self {
      case .flow(let name), .rule(let name): name
      }
    }
  }

  /// A connection that stands in for one of the configuration, so that cases run without it.
  package struct Connection: Sendable {
    package var name: String
    package var plugin: String
    package var pluginSpan: SourceSpan
    /// The work group, for connections with threads.
    package var group: String?
    package var unknownPolicy: ConnectionFacts.UnknownPolicy
  }

  package struct ChatPlace: Sendable, Hashable {
    package var connection: String
    package var chat: String

    package init(connection: String, chat: String) {
      self.connection = connection
      self.chat = chat
    }
  }

  /// As people know it.
  package var file: String
  package var subject: Subject
  package var subjectSpan: SourceSpan
  package var project: String?
  package var connections: [Connection] = []
  /// Where the rules lie, relative to this file.
  package var rulesFolder: String?
  package var timeZone: String?
  package var timeZoneSpan: SourceSpan?
  /// In place of the project's settings of the same names.
  package var settings: Value = .null
  /// Chats that are there though nobody writes in them.
  package var chats: Set<ChatPlace> = []
  /// Whether calls wait for their turn by the channels' limits of pace.
  package var isPaced = false
  package var cases: [TestCase] = []
  /// For citing lines.
  package var source: SourceText?

  init(file: String, subject: Subject, subjectSpan: SourceSpan) {
    self.file = file
    self.subject = subject
    self.subjectSpan = subjectSpan
  }
}

package struct TestCase: Sendable {
  package var name: String
  package var span: SourceSpan
  package var clock: ClockText?
  package var settings: Value = .null
  package var play: [PlayStep] = []
  package var expectations: [Expectation] = []
  /// The whole play is compared with what was recorded by `--update`.
  package var isSnapshot = false
  /// For cases of a rule.
  package var question: RuleQuestion?
}

/// One message put to a rule, without a flow around it.
package struct RuleQuestion: Sendable {
  /// As `msg` of the rule API has them.
  package var message: Value
  /// As `conv`.
  package var conversation: Value
}

package struct PlayStep: Sendable {
  package enum Body: Sendable {
    case come(CaseEvent)
    case advance(milliseconds: Int64)
    /// The wall clock is set; sleeps do not notice.
    case clock(ClockText)
    case crash(CrashOrder)
    /// Starts the engine anew: after a crash, or after a stop in order.
    case restart
    case fault(CaseFault)
    /// A recording, relative to the file of cases.
    case replay(path: String)
    /// Another version of the flow, relative to the file of cases.
    case publish(path: String)
    /// Settings of the project, by name.
    case set([String: Value])
    case expect([Expectation])
  }

  package var body: Body
  package var span: SourceSpan
}

/// Where the engine dies.
package struct CrashOrder: Sendable, Hashable {
  package enum Point: String, Sendable, Hashable, CaseIterable {
    /// At a quiet moment.
    case now
    /// Either side of an event's commit.
    case beforeAccept = "before_accept"
    case afterAccept = "after_accept"
    /// Either side of a message going out.
    case beforeSend = "before_send"
    case afterSend = "after_send"
    /// Either side of the commit of a run.
    case beforeCommit = "before_commit"
    case afterCommit = "after_commit"
  }

  package var point: Point
  /// Counts only messages of this connection.
  package var connection: String?
  /// From 1.
  package var number: Int = 1
}

/// What a channel answers to calls that would have gone well.
package struct CaseFault: Sendable {
  package var connection: String
  package var error: ActionError
  /// Done all the same; only the answer is lost.
  package var isDone = false
  /// Only calls of this action.
  package var action: String?
  /// So many calls; nil for all of them until `milliseconds` are over.
  package var times: Int?
  package var milliseconds: Int64?
}

/// Something that comes in.
package struct CaseEvent: Sendable {
  package enum Thread: Sendable, Hashable {
    case named(String)
    /// The thread that mirrors the conversation of this chat.
    case conversation(connection: String?, chat: String)
  }

  package var connection: String
  package var chat: String?
  package var thread: Thread?
  package var kind: Event.Kind = .message
  package var sender: Sender?
  /// The message's id: its own, or for an edit, delete or callback that of the message it is about.
  package var messageID: String?
  package var text = ""
  package var attachments: [Attachment] = []
  package var replyTo: String?
  package var callbackData: String?
  package var facts: Value = .null
  package var details: Value = .null
  package var isEcho = false
  package var chatKind: Chat.Kind?
  package var chatTitle: String?
  /// The same twice is one event that its source repeats.
  package var externalID: String?

  init(connection: String) { self.connection = connection }
}
