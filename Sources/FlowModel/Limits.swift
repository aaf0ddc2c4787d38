//! Every limit and default of the engine in one place: unit in the name, the reason above.

package enum Limits {
  /// One inbound text: far over any channel's own limit (Telegram 4,096 characters).
  package static let messageTextBytesMax = 64 * 1024
  /// A flow, rule or configuration file (reliability.md §6).
  package static let sourceFileBytesMax = 1 << 20
  /// Messages that one relayed text may be cut into before the rest is dropped with a note.
  package static let partsPerMessageMax = 10
  /// Steps that one run may take: a flow has no loops yet, so this only bounds a broken version of ourselves.
  package static let stepsPerRunMax = 1_000
  /// How long `SIGTERM` waits for work in hand (Oban: 15 s).
  package static let stopDeadlineMilliseconds: Int64 = 15_000
  /// One expression: what is longer belongs into a rule.
  package static let expressionScalarsMax = 4_096
  /// Brackets in brackets; bounds the stack of the parser and of the evaluator.
  package static let expressionDepthMax = 32
  /// A pattern of `matches` or a part searched with `in`: bounds the product of text and pattern.
  package static let patternBytesMax = 1_024
  /// How long a dedup key is kept when the flow does not say.
  package static let deduplicationKeepMilliseconds: Int64 = 30 * 86_400_000
}
