//! How long the journal remembers what is over.

package struct RetentionPolicy: Sendable, Hashable {
  /// Events with their runs and calls, after the last of it has come to an end; nil keeps them for ever.
  package var historyMilliseconds: Int64?
  /// Those that were given up or whose outcome nobody knows: a person may still look into them; nil for ever.
  package var deadMilliseconds: Int64?

  package init(
    historyMilliseconds: Int64? = Limits.historyKeepMilliseconds, deadMilliseconds: Int64? = Limits.deadKeepMilliseconds
  ) {
    self.historyMilliseconds = historyMilliseconds
    self.deadMilliseconds = deadMilliseconds
  }
}
