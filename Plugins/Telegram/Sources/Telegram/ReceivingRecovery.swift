//! What a failed call while receiving leads to: a pause, or the end until a person mends it.
internal import SwitchboardSDK

struct ReceivingRecovery: Sendable {
  enum Verdict: Sendable, Hashable {
    case pause(milliseconds: Int64, LogLevel)
    case stop(PluginError)
    case cancelled
  }

  /// From here on a conflict is an error in the log: a rolling update has long been over.
  static let conflictsLoud = 5
  /// About two minutes of conflicts: the host must show the connection as failing (it tries again all the same).
  static let conflictsMax = 8
  /// A refusal may pass (Telegram could not resolve our host yet), the same ten times running does not.
  static let refusalsMax = 10

  /// One call that fails is nothing; of so many in a row people hear.
  static let failuresTold = 2

  private var backoff = Backoff()
  private var failures = 0
  private var conflicts = 0
  private var refusals = 0

  mutating func succeeded() {
    backoff.reset()
    failures = 0
    conflicts = 0
    refusals = 0
  }

  /// What to say of the connection after a call that failed.
  func health(after failure: BotAPIFailure) -> ConnectorHealth? {
    failures >= Self.failuresTold ? .degraded(failure.detail) : nil
  }

  /// After something else failed (the journal) that is only worth waiting for.
  mutating func pauseMilliseconds() -> Int64 { backoff.next() }

  mutating func verdict(on failure: BotAPIFailure) -> Verdict {
    let verdict = judged(failure)
    // To be told to wait is an answer.
    if case .rateLimited? = failure.refusal?.meaning { return verdict }
    if case .pause = verdict { failures += 1 }
    return verdict
  }

  private mutating func judged(_ failure: BotAPIFailure) -> Verdict {
    switch failure.kind {
    case .network(let error) where error.code == .cancelled: return .cancelled
    case .network, .garbage: return .pause(milliseconds: backoff.next(), .warning)
    case .refused(let refusal):
      switch refusal.meaning {
      case .unauthorized: return .stop(PluginError(.unauthorized, "Telegram refuses the token: \(failure.detail)"))
      case .rateLimited(let milliseconds): return .pause(milliseconds: milliseconds, .warning)
      case .conflict:
        conflicts += 1
        if conflicts >= Self.conflictsMax {
          return .stop(PluginError(.conflict, "another instance receives with this token: \(failure.detail)"))
        }
        return .pause(milliseconds: backoff.next(), conflicts >= Self.conflictsLoud ? .error : .warning)
      case .serverError: return .pause(milliseconds: backoff.next(), .warning)
      default:
        if refusal.code == 404 {
          return .stop(PluginError(.failed, "no Bot API under 'api_base', or the token is wrong: \(failure.detail)"))
        }
        refusals += 1
        if refusals >= Self.refusalsMax { return .stop(PluginError(.failed, failure.detail)) }
        return .pause(milliseconds: backoff.next(), .error)
      }
    }
  }
}
