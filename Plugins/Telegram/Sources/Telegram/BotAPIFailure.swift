//! Why a Bot API call failed, and what that means for an action.
internal import SwitchboardSDK

struct BotAPIFailure: Error, Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// Telegram answered `ok: false`.
    case refused(BotAPIRefusal)
    /// An answer that is no Bot API answer: a proxy's page, half a body.
    case garbage(status: Int)
    case network(HTTPError)
  }
  var method: String
  var kind: Kind

  init(_ method: String, _ kind: Kind) {
    self.method = method
    self.kind = kind
  }

  var refusal: BotAPIRefusal? {
    guard case .refused(let refusal) = kind else { return nil }
    return refusal
  }

  /// The same failure of a call made before the one that matters: the message itself has surely not gone out.
  var beforeSending: BotAPIFailure {
    guard case .network(var error) = kind else {
      guard case .garbage = kind else { return self }
      return BotAPIFailure(method, .network(HTTPError(.other, mayHaveBeenSent: false, "no Bot API answer")))
    }
    error.mayHaveBeenSent = false
    return BotAPIFailure(method, .network(error))
  }

  /// For logs and details; holds neither address nor token.
  var detail: String {
    switch kind {
    case .refused(let refusal): "\(method): \(refusal.code) \(refusal.description)"
    case .garbage(let status): "\(method): HTTP \(status) with a body that is no Bot API answer"
    case .network(let error): "\(method): \(error.code.rawValue): \(error.detail)"
    }
  }

  /// The meaning for the engine. `isRepeatable` says that performing twice does no harm (pin, edit, download …),
  /// so that an outcome nobody knows may simply be tried again.
  func actionError(isRepeatable: Bool) -> ActionError {
    let unsure: ActionError.Code = isRepeatable ? .transient : .unknown
    switch kind {
    case .network(let error):
      return ActionError(error.mayHaveBeenSent ? unsure : .transient, detail)
    case .garbage(let status):
      switch status {
      case 413: return ActionError(.unsupported, "Telegram не принял файл: слишком большой (\(detail))")
      // A proxy or front refused before Telegram saw it.
      case 400..<500: return ActionError(.transient, detail)
      default: return ActionError(unsure, detail)
      }
    case .refused(let refusal): return actionError(refusal, unsure: unsure)
    }
  }

  private func actionError(_ refusal: BotAPIRefusal, unsure: ActionError.Code) -> ActionError {
    switch refusal.meaning {
    case .threadGone: ActionError(.threadGone, detail)
    case .recipientGone: ActionError(.recipientGone, detail)
    case .unauthorized: ActionError(.unauthorized, detail)
    case .migrated(let chat): ActionError(.migrated, detail, newChat: String(chat))
    case .rateLimited(let milliseconds):
      ActionError(.rateLimited, detail, retryAfterMilliseconds: milliseconds)
    case .fileTooBig:
      ActionError(.unsupported, "файл слишком большой для Telegram (\(detail))")
    case .fileUnusable:
      ActionError(.unsupported, "Telegram не принял файл (\(detail))")
    case .conflict: ActionError(.transient, detail)
    // The Bot API server fails calls with `500 … restart` when it closes, those already on their way to
    // Telegram included (Client::on_closed fails `pending_send_message_queries_`), and a front's 502 or 504
    // says no more: the message may be out.
    case .serverError: ActionError(unsure, detail)
    case .topicClosed, .alreadySo, .targetGone, .staleCallback, .invalid: ActionError(.invalid, detail)
    }
  }
}
