//! What PostgreSQL and its connection answer when they do not answer, and what the journal makes of it.
internal import JournalCore

struct PostgresFailure: Error, Sendable, Hashable {
  /// Five signs (PostgreSQL manual, appendix A); empty when the line broke or the server never answered.
  var state: String
  var detail: String
  /// Which statement of the round was refused, from 0.
  var statement = 0

  static func lost(_ detail: String) -> PostgresFailure { PostgresFailure(state: "", detail: detail) }

  /// Whether the connection is gone: what was under way has an unknown outcome.
  var isConnectionLost: Bool {
    // 57P01 to 57P05: the server ends, is being started, or was told to drop this connection.
    state.isEmpty || state.hasPrefix("08") || state.hasPrefix("57P")
  }

  /// Whether the trouble lies with the server or its disk, so that a smaller transaction would fail as well.
  var isOfStorage: Bool {
    isConnectionLost || state == "25006" || state.hasPrefix("53") || state.hasPrefix("58") || state.hasPrefix("XX")
      || state.hasPrefix("28") || state == "3D000" || state == "42501" || state.hasPrefix("42P")
  }

  /// Two transactions were in each other's way; the same again may well pass.
  var isContention: Bool { state == "40001" || state == "40P01" }

  /// A check of our own statements: `1 / 0`.
  var isRefusal: Bool { state == "22012" }

  var journalError: JournalError {
    let code: JournalError.Code =
      switch state {
      case "53100": .full
      case "SB004": .fenced
      case "25006", "42501": .readOnly
      case "XX001", "XX002", "42P01", "42703": .corrupt
      default: .unavailable
      }
    return JournalError(code, "PostgreSQL: \(detail)\(state.isEmpty ? "" : " (\(state))")")
  }
}
