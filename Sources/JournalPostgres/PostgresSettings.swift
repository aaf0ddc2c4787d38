//! Times and sizes of the store, each with its reason.

package struct PostgresSettings: Sendable, Hashable {
  /// A server that takes longer to greet is not there.
  package var connectSeconds = 5
  /// No statement of ours runs longer on a healthy server: the longest page of open runs takes a fraction of it.
  package var statementMilliseconds = 30_000
  package var lockMilliseconds = 10_000
  /// How long the answer to a statement is awaited past the server's own limit before the line counts as dead.
  package var silenceMilliseconds = 5_000
  /// For so long after a loss, questions and writes wait for the connection to come back; then they are refused.
  package var outagePatienceMilliseconds = 3_000
  /// Between two tries to connect again; doubled up to the longest.
  package var firstPauseMilliseconds = 50
  package var longestPauseMilliseconds = 2_000
  /// A dead peer is noticed after about so long: keep-alives and unacknowledged data (Linux, `TCP_USER_TIMEOUT`).
  package var deadPeerMilliseconds = 10_000

  /// Whoever waits outside for a write or a quick answer, as the sender of a webhook, is refused after so long, though
  /// a silent server may hold up the connection for `statementMilliseconds` and more. Below the 10 s after which
  /// senders give up.
  package var callerPatienceMilliseconds = 8_000
  /// `/health` asks for the counts, and its askers are in a hurry.
  package var countsPatienceMilliseconds = 3_000
  /// For so long a stop waits for a server that may be silent.
  package var closePatienceMilliseconds = 1_500

  package init() {}
}
