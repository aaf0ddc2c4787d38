//! `ok: false` told apart by its text: the Bot API has no finer codes. Texts from channels.md §1.4.

struct BotAPIRefusal: Sendable, Hashable {
  var code: Int64
  var description: String
  var retryAfterSeconds: Int64?
  var newChat: Int64?

  enum Meaning: Sendable, Hashable {
    case threadGone, topicClosed
    /// The wanted state is there already.
    case alreadySo
    /// The message to edit or pin is no more.
    case targetGone
    case staleCallback
    case migrated(Int64)
    case recipientGone, unauthorized, conflict
    case rateLimited(milliseconds: Int64)
    case fileTooBig
    /// This file cannot be sent in this way (by this id, as this kind).
    case fileUnusable
    case serverError, invalid
  }

  var meaning: Meaning {
    if let newChat { return .migrated(newChat) }
    switch code {
    case 401: return .unauthorized
    case 403: return .recipientGone
    case 409: return .conflict
    case 413: return .fileTooBig
    case 429: return .rateLimited(milliseconds: min(max(retryAfterSeconds ?? 5, 1), 86_400) * 1_000)
    case 500...: return .serverError
    case 400: return meaningOfBadRequest
    default: return .invalid
    }
  }

  /// Letter case aside: servers and libraries differ in it (`TOPIC_CLOSED`, `Topic_closed`).
  private static let badRequests: [(part: String, meaning: Meaning)] = [
    ("message thread not found", .threadGone), ("topic_deleted", .threadGone), ("topic_id_invalid", .threadGone),
    ("topic_closed", .topicClosed), ("topic_not_modified", .alreadySo), ("message is not modified", .alreadySo),
    ("query is too old", .staleCallback),
    ("message to edit not found", .targetGone), ("message to pin not found", .targetGone),
    ("chat not found", .recipientGone), ("chat_id is empty", .recipientGone), ("peer_id_invalid", .recipientGone),
    ("user is deactivated", .recipientGone),
    ("file is too big", .fileTooBig),
    ("wrong file_id", .fileUnusable), ("file is temporarily unavailable", .fileUnusable),
    ("wrong remote file", .fileUnusable), ("can't use file of type", .fileUnusable),
    ("photo_invalid_dimensions", .fileUnusable), ("image_process_failed", .fileUnusable),
    ("photo_save_file_invalid", .fileUnusable), ("photo_ext_invalid", .fileUnusable),
    ("too big for a photo", .fileUnusable), ("voice_messages_forbidden", .fileUnusable),
    ("file must be non-empty", .fileUnusable), ("wrong type of the web page content", .fileUnusable),
  ]

  private var meaningOfBadRequest: Meaning {
    let text = description.lowercased()
    return Self.badRequests.first { text.contains($0.part) }?.meaning ?? .invalid
  }
}
