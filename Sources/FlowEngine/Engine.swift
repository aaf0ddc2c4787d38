//! The floor plan of rooms 1 to 8. No logic: a line that needs an `if` belongs in a room.
package import FlowModel
package import JournalCore
package import Logging
internal import ServiceLifecycle
import SwitchboardSDK

package struct Engine: Sendable {
  package let journal: any Journal
  package let flows: FlowBook
  package let projects: ProjectBook
  /// Room 1 and 2: every door hands its events here.
  package let intake: Intake
  /// Room 5.
  package let lanes: Lanes
  /// Room 8.
  package let announcer: Announcer
  /// Nil on a single node.
  package let membership: Membership?
  /// Room 5: the channels' limits.
  package let pacer: Pacer
  private let recovery: Recovery
  private let laneService: LaneService
  private let timerService: TimerService
  private let scheduleService: ScheduleService
  /// Nil where nobody mends from another process.
  private let mendingService: MendingService?
  private let alarms: [Alarm]
  private let clock: any ClockPort
  private let sources: any FlowSourcePort
  private let stopMilliseconds: @Sendable () -> Int64

  /// - Parameters:
  ///   - stopMilliseconds: asked for when the engine is told to stop: how long work in hand may take then. Nil: the
  ///     stop deadline.
  ///   - releasesLanesEarly: plants a fault for tests of tests; false in every program.
  ///   - isMendedFromOutside: whether `switchboard dead` and `timers` may be at work beside it: looked for each second.
  package init(
    journal: any Journal, ports: EnginePorts, projects facts: [ProjectFacts], log: Logger,
    stopDeadlineMilliseconds: Int64 = Limits.stopDeadlineMilliseconds, stopMilliseconds: (@Sendable () -> Int64)? = nil,
    releasesLanesEarly: Bool = false, isMendedFromOutside: Bool = true, cluster: ClusterSettings? = nil,
    listener: @escaping @Sendable (RunNotice) -> Void = { _ in }
  ) {
    let clock = ports.clock
    let lanes = Lanes()
    let timerAlarm = Alarm()
    let scheduleAlarm = Alarm()
    self.journal = journal
    self.flows = FlowBook()
    self.projects = ProjectBook(facts, random: ports.random)
    self.lanes = lanes
    self.pacer = Pacer(clock: clock)
    for project in facts { pacer.publish(project.places) }
    self.stopMilliseconds = stopMilliseconds ?? { stopDeadlineMilliseconds }
    self.announcer = Announcer(
      log: log,
      listener: { notice in
        if case .timerStarted(_, let dueAt) = notice.what { timerAlarm.ring(before: dueAt) }
        listener(notice)
      })
    let ownership =
      cluster.map { LaneOwnership(sharing: lanes, monotonicMilliseconds: $0.monotonicMilliseconds) }
      ?? LaneOwnership(solelyOf: lanes)
    let sharing = cluster.map { Recovery.Sharing(ownership: ownership, store: $0.store) }
    let deaths = DeathNotes(journal: journal, isSole: cluster == nil)
    let conversations = ConversationBook(journal: journal, ownership: ownership, flows: flows)
    let timerGate = ServiceGate(isOpen: cluster == nil, alarm: timerAlarm)
    let scheduleGate = ServiceGate(isOpen: cluster == nil, alarm: scheduleAlarm)
    self.recovery = Recovery(journal: journal, lanes: lanes, deaths: deaths)
    let unsure = UnsureWrites(recovery: Recovery(journal: journal, lanes: lanes), sharing: sharing)
    self.membership = cluster.map { [announcer, pacer] in
      Membership(
        settings: $0, ownership: ownership, lanes: lanes, conversations: conversations, clock: clock,
        announcer: announcer, pacer: pacer, deaths: deaths,
        gates: [.timers: timerGate, .schedules: scheduleGate],
        unsure: unsure, handOverDeadlineMilliseconds: stopDeadlineMilliseconds)
    }
    self.intake = Intake(
      journal: journal, flows: flows, projects: projects, conversations: conversations, lanes: lanes,
      ownership: ownership, clock: clock, log: log, journalCondition: announcer.journalCondition, unsure: unsure)
    let walk = RunWalk(
      ports: ports, journal: journal, flows: flows, projects: projects, conversations: conversations,
      announcer: announcer, pauses: lanes.pauses, ownership: ownership, pacer: pacer, slots: lanes.slots,
      intake: intake, deaths: deaths)
    self.laneService = LaneService(lanes: lanes, walk: walk, releasesEarly: releasesLanesEarly)
    self.timerService = TimerService(
      journal: journal, lanes: lanes, ownership: ownership, cluster: cluster?.store, gate: timerGate, clock: clock,
      alarm: timerAlarm, announcer: announcer, unsure: unsure)
    self.scheduleService = ScheduleService(
      flows: flows, projects: projects, intake: intake, lanes: lanes, clock: clock, alarm: scheduleAlarm,
      gate: scheduleGate,
      announcer: announcer)
    self.mendingService =
      isMendedFromOutside
      ? MendingService(
        journal: journal, lanes: lanes, sharing: sharing, clock: clock, announcer: announcer, timerAlarm: timerAlarm)
      : nil
    self.clock = clock
    self.sources = ports.flows
    self.alarms = [timerAlarm, scheduleAlarm]
  }

  /// Takes up what an earlier run left. To be called once, before any door is opened: what was accepted earlier
  /// stands before what comes now.
  ///
  /// One of several nodes joins here and takes up its lanes as it comes to hold them.
  package func open() async throws(JournalError) {
    try await pacer.restore(from: journal)
    flows.recallAwaited(try await AwaitedSorts.recall(projects.names, from: journal))
    if let membership {
      if membership.status.number == nil { try await membership.join() }
      return
    }
    announcer.started(try await recovery.takeUp())
  }

  /// Walks lanes, timers and schedules until told to stop. After the graceful-shutdown signal no new run begins;
  /// runs under way have the stop deadline to come to an end.
  package func run() async {
    await withGracefulShutdownHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await timerService.run() }
        group.addTask { await scheduleService.run() }
        if let mendingService { group.addTask { await mendingService.run() } }
        if let membership { group.addTask { await membership.run() } }
        group.addTask { await pacer.run() }
        await laneService.run(stoppingWithin: stopMilliseconds)
        group.cancelAll()
      }
      await membership?.leave()
    } onGracefulShutdown: {
      lanes.stop()
      for alarm in alarms { alarm.ring() }
    }
  }

  /// Publications that `store` keeps: the same journal, as a rule.
  package func publishing(_ store: any PublicationStore) -> Publishing {
    Publishing(
      journal: journal, store: store, flows: flows, pauses: lanes.pauses, clock: clock, sources: sources,
      published: { for alarm in alarms { alarm.ring() } })
  }

  /// Puts a project's flows in force without a publication; the sources are kept for runs that stay with them.
  package func publish(_ flows: [Flow], sources: [FlowVersion], project: String) async throws(JournalError) {
    for source in sources { try await journal.saveFlowVersion(source) }
    try await AwaitedSorts.keep(flows, project: project, in: journal)
    self.flows.publish(flows, project: project)
    lanes.pauses.interrupt()
    for alarm in alarms { alarm.ring() }
  }
}
