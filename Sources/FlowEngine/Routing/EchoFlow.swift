//! What a message sent from the channel's own app starts: it counts as an answer, and cancels auto-replies.
import FlowModel
import JournalCore

/// A flow of the engine's own, the same in every project. It has no steps: the run machine sees the echo.
enum EchoFlow {
  static let name = "@echo"
  static let version = "builtin"

  static func program(project: String) -> Program {
    Program(
      Flow(
        name: name, project: project, file: name, version: version, vars: [:], triggers: [], lane: .conversation,
        deduplication: Deduplication(key: nil, keepMilliseconds: Limits.deduplicationKeepMilliseconds), steps: [],
        onError: .standard, running: .pin))
  }

  static func match(project: String) -> Match {
    let place = SourcePlace(file: name, line: 1, column: 1)
    return Match(
      program: program(project: project),
      trigger: Trigger(label: "owner", source: .events(connection: "", kinds: [], chats: nil), place: place))
  }
}

/// A run of the engine's own that stands before those which an event starts: it looks for runs that have waited for it.
enum WakeFlow {
  static let name = "@wake"

  static func run(lane: String) -> NewRun {
    NewRun(flow: name, version: EchoFlow.version, label: "wake", lane: lane)
  }
}

/// A run of the engine's own that carries an emitted event to its listeners.
enum EmissionFlow {
  static let name = "@emit"
}
