//! How far each `cron:` schedule has come, also over restarts: that is how a time is known that came while nobody was
//! there to see it.
import FlowModel
import JournalCore
import SwitchboardSDK

struct ScheduleCalendar {
  private let projects: ProjectBook
  private let journal: any Journal
  /// Beats up to here have been seen to, by the schedule's key.
  private var seen: [String: Timestamp] = [:]
  private static let place = "@schedule"
  /// Beats that are looked through when many were missed.
  private static let missedMax = 100_000

  init(projects: ProjectBook, journal: any Journal) {
    self.projects = projects
    self.journal = journal
  }

  /// Another node may have gone on with it meanwhile.
  mutating func forget() { seen = [:] }

  /// Takes up new schedules, and drops those that are no more.
  mutating func follow(_ schedules: [Schedule], now: Timestamp) async throws(JournalError) {
    var present: Set<String> = []
    for schedule in schedules {
      guard case .cron(_, _, let missed) = schedule.beat else { continue }
      let key = key(schedule)
      present.insert(key)
      guard seen[key] == nil else { continue }
      let kept = try await journal.connectionValue(connection: Self.place, key: key).intValue
      guard let kept else {
        // From now on: nothing was missed before it was there.
        try await journal.setConnectionValue(connection: Self.place, key: key, value: .int(now.milliseconds))
        seen[key] = now
        continue
      }
      let last = Timestamp(milliseconds: kept)
      switch missed {
      case .runOnce: seen[key] = min(last, now)
      case .skip:
        seen[key] = min(now, max(last, now.adding(milliseconds: -ScheduleService.takeOverMilliseconds)))
      }
    }
    for key in seen.keys.filter({ !present.contains($0) }).sorted() {
      try await journal.setConnectionValue(connection: Self.place, key: key, value: .null)
      seen[key] = nil
    }
  }

  func next(of schedule: Schedule) -> Timestamp? {
    guard case .cron(let cron, let zone, _) = schedule.beat, let last = seen[key(schedule)] else { return nil }
    return cron.next(after: last, projects.offset(project: schedule.program.flow.project, zone: zone))
  }

  /// The last beat that has not been seen to: of several that were missed, one is enough.
  func last(of schedule: Schedule, upTo reached: Timestamp) -> Timestamp? {
    guard case .cron(let cron, let zone, _) = schedule.beat, let last = seen[key(schedule)] else { return nil }
    let offset = projects.offset(project: schedule.program.flow.project, zone: zone)
    // A day and a bit is enough to find the last one of a busy schedule; of a rare one there are few.
    let recent = reached.adding(milliseconds: -26 * 3_600_000)
    for start in [max(last, recent), last] {
      var found: Timestamp?
      var at = start
      for _ in 0..<Self.missedMax {
        guard let next = cron.next(after: at, offset), next <= reached else { break }
        (found, at) = (next, next)
      }
      if let found { return found }
    }
    return nil
  }

  mutating func note(_ schedule: Schedule, _ beat: Timestamp) async throws(JournalError) {
    let key = key(schedule)
    try await journal.setConnectionValue(connection: Self.place, key: key, value: .int(beat.milliseconds))
    seen[key] = beat
  }

  private func key(_ schedule: Schedule) -> String {
    let flow = schedule.program.flow
    guard case .cron(let cron, let zone, _) = schedule.beat else { return "" }
    return "\(flow.project)/\(flow.name)/\(schedule.trigger.label)/\(cron.text)/\(zone ?? "")"
  }
}
