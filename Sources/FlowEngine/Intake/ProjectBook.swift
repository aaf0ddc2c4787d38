//! The projects' settings in force, as runs read them.
internal import FlowModel
internal import SwitchboardSDK
import Synchronization

package final class ProjectBook: Sendable {
  private let projects: Mutex<[String: ProjectFacts]>
  private let random: @Sendable () -> Double

  init(_ projects: [ProjectFacts], random: @escaping @Sendable () -> Double) {
    self.projects = Mutex(Dictionary(projects.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last }))
    self.random = random
  }

  package func publish(_ facts: ProjectFacts) { projects.withLock { $0[facts.name] = facts } }

  var names: [String] { projects.withLock { $0.keys.sorted() } }

  /// How far a zone's clocks are ahead: of the named one, or of the project's.
  func offset(project: String, zone: String?) -> CivilTime.Offset {
    let facts = projects.withLock { $0[project] }
    if let zone, let named = facts?.zone(zone) { return named }
    return facts?.utcOffsetSeconds ?? Self.utc
  }

  func context(
    run: Int64, event: Event, connection: String, label: String, receivedAt: Timestamp,
    conversation: ConversationSnapshot, project: String, now: Timestamp
  ) -> RunContext {
    let facts = projects.withLock { $0[project] }
    return RunContext(
      run: run, event: event, connection: connection, label: label, receivedAt: receivedAt,
      conversation: conversation, places: facts?.places ?? [:], settings: facts?.settings ?? .null, now: now,
      utcOffsetSeconds: facts?.utcOffsetSeconds ?? Self.utc, random: random)
  }

  /// A project that is gone has no zone of its own.
  private static let utc: @Sendable (Timestamp) -> Int = { _ in 0 }
}
