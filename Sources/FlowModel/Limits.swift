//! Every limit and default of the engine in one place: unit in the name, the reason above.

package enum Limits {
  /// One inbound text: far over any channel's own limit (Telegram 4,096 characters).
  package static let messageTextBytesMax = 64 * 1024
  /// A flow, rule or configuration file (reliability.md §6).
  package static let sourceFileBytesMax = 1 << 20
  /// Messages that one relayed text may be cut into before the rest is dropped with a note.
  package static let partsPerMessageMax = 10
  /// Steps that one run may take inside of lists: an `each` in an `each` would otherwise hold up its conversation.
  package static let stepsPerRunMax = 10_000
  /// Instructions between two waits of a run: only a broken version of ourselves takes more.
  package static let instructionsPerAdvanceMax = 200_000
  /// Elements that one `each` goes through.
  package static let eachItemsMax = 1_000
  /// The list of an `each`, and what it comes to: both are stored with every step inside.
  package static let eachBytesMax = 256 * 1024
  /// Branches of one `parallel`: each may hold a call under way.
  package static let parallelBranchesMax = 16
  /// Values that flows keep for a project (`state`); with its key limit some megabytes.
  package static let stateKeysMax = 10_000
  package static let stateKeyBytesMax = 256
  package static let stateValueBytesMax = 16 * 1024
  /// Flows that call flows.
  package static let flowDepthMax = 8
  /// Blocks in blocks, sub-flows included.
  package static let blockDepthMax = 32
  /// Lanes that are walked at once, those that wait for an answer apart: enough to fill the journal's transactions, few
  /// enough that another project's next message waits for some milliseconds only.
  package static let walkersMax = 128
  /// Events that are being stored at the same moment: a quarter of a transaction, so that runs find room in it, too.
  package static let intakesAtOnceMax = 64
  /// Events of one project that wait to be stored; the next ones are refused, to be sent again. Some tenths of a second
  /// of a storm, and with bodies of a mebibyte, the most that a webhook may have, one gibibyte.
  package static let intakesWaitingMax = 1_024
  /// How long `SIGTERM` waits for work in hand (Oban: 15 s).
  package static let stopDeadlineMilliseconds: Int64 = 15_000
  /// A message that was in hand at so many deaths of the process is parked: its handling ends the process, as it seems.
  package static let deathsMax = 5
  /// From so many on it is only begun while no other such message is.
  package static let deathsBeforeAlone = 2
  /// One expression: what is longer belongs into a rule.
  package static let expressionScalarsMax = 4_096
  /// Brackets in brackets; bounds the stack of the parser and of the evaluator.
  package static let expressionDepthMax = 32
  /// A pattern of `matches` or a part searched with `in`: bounds the product of text and pattern.
  package static let patternBytesMax = 1_024
  /// How long a dedup key is kept when the flow does not say.
  package static let deduplicationKeepMilliseconds: Int64 = 30 * 86_400_000
  /// How long what is over is kept when the configuration does not say.
  package static let historyKeepMilliseconds: Int64 = 90 * 86_400_000
  /// The same of what was given up.
  package static let deadKeepMilliseconds: Int64 = 365 * 86_400_000
  /// The least that may be set: by the events it keeps the journal knows a channel's repetition, and by its calls the
  /// echo of our own message. Channels repeat for days after a trouble (reliability.md §3: a week).
  package static let historyKeepMillisecondsMin: Int64 = 7 * 86_400_000
  /// Sources of each flow's newest versions that are kept though nothing is pinned to them: the way back.
  package static let flowVersionsKept = 20
  /// The longest `wait`: a timer that nobody remembers helps nobody.
  package static let waitMillisecondsMax: Int64 = 400 * 86_400_000
  /// Emitted events may start flows that emit, and so on: so deep, then it is taken for a circle.
  package static let emitDepthMax = 16
  /// What one event may say.
  package static let emittedBytesMax = 64 * 1024
}
