//! `every:` and `cron:` triggers: an event of the engine's own at each beat. The event's id is the moment itself, so
//! that neither a restart nor a second node makes it happen twice.
import FlowModel
import JournalCore
import SwitchboardSDK

struct ScheduleService: Sendable {
  let flows: FlowBook
  let projects: ProjectBook
  let intake: Intake
  let lanes: Lanes
  let clock: any ClockPort
  let alarm: Alarm
  let gate: ServiceGate
  let announcer: Announcer

  /// How long a dead node's beats may have stood still at most.
  static let takeOverMilliseconds: Int64 = 15_000

  func run() async {
    // Beats up to here have been seen to.
    var seen = clock.now()
    var calendar = ScheduleCalendar(projects: projects, journal: intake.journal)
    while !Task.isCancelled, !lanes.isStopping {
      guard gate.isOpen else {
        await alarm.wait(until: nil, clock: clock)
        // The node that did this before may have died on the way: a beat that it had stored is known.
        seen = clock.now().adding(milliseconds: -Self.takeOverMilliseconds)
        calendar.forget()
        continue
      }
      do throws(JournalError) {
        let schedules = flows.index.schedules
        try await calendar.follow(schedules, now: clock.now())
        let nearest = schedules.compactMap { schedule in beat(of: schedule, after: seen, calendar) }.min()
        await alarm.wait(until: nearest, clock: clock)
        guard !Task.isCancelled, !lanes.isStopping else { return }
        let reached = clock.now()
        guard gate.enter() else { continue }
        defer { gate.leave() }
        for schedule in flows.index.schedules {
          switch schedule.beat {
          case .every(let period):
            guard let beat = Self.last(after: seen, upTo: reached, every: period) else { continue }
            try await intake.acceptBeat(of: schedule, named: "every", "\(period)", at: beat)
          case .cron(let cron, _, _):
            guard let beat = calendar.last(of: schedule, upTo: reached) else { continue }
            try await intake.acceptBeat(of: schedule, named: "cron", cron.text, at: beat)
            try await calendar.note(schedule, beat)
          }
        }
        seen = reached
      } catch {
        // All of them again: the journal knows the ones that it took.
        announcer.journalTrouble(error)
        await clock.sleep(milliseconds: 1_000)
      }
    }
  }

  private func beat(of schedule: Schedule, after seen: Timestamp, _ calendar: ScheduleCalendar) -> Timestamp? {
    switch schedule.beat {
    case .every(let period): Self.next(after: seen, every: period)
    case .cron: calendar.next(of: schedule)
    }
  }

  /// The last beat after one moment, up to another: of several that were slept through, one is enough.
  static func last(after seen: Timestamp, upTo reached: Timestamp, every period: Int64) -> Timestamp? {
    guard period > 0, reached > seen else { return nil }
    let into = (reached.milliseconds % period + period) % period
    let beat = reached.adding(milliseconds: -into)
    return beat > seen ? beat : nil
  }

  static func next(after moment: Timestamp, every period: Int64) -> Timestamp {
    guard period > 0 else { return Timestamp(milliseconds: .max) }
    let into = (moment.milliseconds % period + period) % period
    return moment.adding(milliseconds: period - into)
  }
}

extension Intake {
  /// Stores one beat of a schedule as an event that starts its flow.
  func acceptBeat(
    of schedule: Schedule, named sort: String, _ rhythm: String, at moment: Timestamp
  ) async throws(JournalError) {
    let flow = schedule.program.flow
    let connection = "@schedule"
    let label = schedule.trigger.label
    let event = Event(
      externalID: "\(sort):\(flow.project)/\(flow.name)/\(label)/\(rhythm):\(moment.milliseconds)",
      kind: .service,
      chat: Chat(id: flow.name, kind: .channel), sender: Sender(id: "schedule"), occurredAt: moment)
    let key = ConversationSnapshot.key(project: flow.project, connection: connection, chat: flow.name)
    let run = NewRun(flow: flow.name, version: flow.version, label: label, lane: key)
    let record = IntakeRecord(
      project: flow.project, connection: connection, externalID: event.externalID, conversation: key,
      receivedAt: clock.now(), payload: event.storedBytes, runs: [run])
    _ = try await store([record], events: [event])
  }
}
