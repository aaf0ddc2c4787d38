//! `every:` triggers: an event of the engine's own at each multiple of the period. The event's id is the
//! moment itself, so that neither a restart nor a second node makes it happen twice.
import FlowModel
import JournalCore
import SwitchboardSDK

struct ScheduleService: Sendable {
  let flows: FlowBook
  let intake: Intake
  let lanes: Lanes
  let clock: any ClockPort
  let alarm: Alarm
  let announcer: Announcer

  func run() async {
    // Beats up to here have been seen to.
    var seen = clock.now()
    while !Task.isCancelled, !lanes.isStopping {
      let next = flows.index.schedules.map { Self.next(after: seen, every: $0.everyMilliseconds) }.min()
      await alarm.wait(until: next, clock: clock)
      guard !Task.isCancelled, !lanes.isStopping else { return }
      let reached = clock.now()
      do throws(JournalError) {
        for schedule in flows.index.schedules {
          guard let beat = Self.last(after: seen, upTo: reached, every: schedule.everyMilliseconds) else { continue }
          try await intake.acceptBeat(of: schedule.program, trigger: schedule.trigger, at: beat)
        }
        seen = reached
      } catch {
        // All of them again: the journal knows the ones that it took.
        announcer.journalTrouble(error)
        await clock.sleep(milliseconds: 1_000)
      }
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
  func acceptBeat(of program: Program, trigger: Trigger, at moment: Timestamp) async throws(JournalError) {
    let flow = program.flow
    let connection = "@schedule"
    guard case .every(let period) = trigger.source else { return }
    let event = Event(
      externalID: "every:\(flow.project)/\(flow.name)/\(trigger.label)/\(period):\(moment.milliseconds)",
      kind: .service,
      chat: Chat(id: flow.name, kind: .channel), sender: Sender(id: "schedule"), occurredAt: moment)
    let key = ConversationSnapshot.key(project: flow.project, connection: connection, chat: flow.name)
    let run = NewRun(flow: flow.name, version: flow.version, label: trigger.label, lane: key)
    let record = IntakeRecord(
      project: flow.project, connection: connection, externalID: event.externalID, conversation: key,
      receivedAt: clock.now(), payload: event.storedBytes, runs: [run])
    for receipt in try await append([record]) where !receipt.isDuplicate {
      for id in receipt.runs {
        lanes.enqueue(.fresh(LiveRun(id: id, receipt: receipt, record: record, run: run, event: event)))
      }
    }
  }
}
