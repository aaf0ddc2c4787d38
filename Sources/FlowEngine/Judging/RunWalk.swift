//! Room 3 of 8, Judging, and the walk through the rooms after it: asks rules, commits what the machine decided,
//! makes its calls, and goes on until the run is over or must wait for a person.
//! Next: Settling/RunCommit.swift (rooms 4 and 7), Performing/Performing.swift (room 6).
import FlowModel
import JournalCore
import SwitchboardSDK

/// What the lane does after a run.
enum LaneStep: Sendable {
  case next
  case parked
  /// The engine stops: the run goes on after the next start.
  case stopped
}

struct RunWalk: Sendable {
  let ports: EnginePorts
  let journal: any Journal
  let flows: FlowBook
  let projects: ProjectBook
  let conversations: ConversationBook
  let announcer: Announcer
  let pauses: Pauses
  let ownership: LaneOwnership
  let pacer: Pacer
  let slots: WalkSlots
  let intake: Intake
  /// Nil where deaths are not told apart.
  var deaths: DeathNotes?
  /// Nil on a single node: there no lane is ever given back.
  var hold: LaneHold?
  /// Of a run that was found open.
  var watch: DeathWatch?

  /// For what a run waits for outside the journal: meanwhile others work.
  func outside<T: Sendable>(_ project: String, _ wait: () async -> T) async -> T {
    slots.leave()
    let result = await wait()
    await slots.enter(project)
    return result
  }

  /// A rule's answer, within the time that the flow allows for it.
  func verdict(of call: RuleCall) async -> Result<RuleDecision, RuleFailure> {
    let rules = ports.rules
    guard let milliseconds = call.timeoutMilliseconds else { return await Self.verdict(of: call, rules) }
    let clock = ports.clock
    return await withTaskGroup(of: Result<RuleDecision, RuleFailure>.self) { group in
      group.addTask { await Self.verdict(of: call, rules) }
      group.addTask {
        await clock.sleep(milliseconds: milliseconds)
        return .failure(RuleFailure(code: .time, rule: call.rule, detail: "no answer within \(milliseconds) ms"))
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .failure(RuleFailure(code: .time, rule: call.rule, detail: "no answer"))
    }
  }

  private static func verdict(of call: RuleCall, _ rules: any RulesPort) async -> Result<RuleDecision, RuleFailure> {
    do throws(RuleFailure) { return .success(try await rules.judge(call)) } catch { return .failure(error) }
  }

  var performing: Performing { Performing(connections: ports.connections, clock: ports.clock, pacer: pacer) }

  /// The channel asked to be left alone for a while: after a restart, too.
  func keepClosures(of connection: String) async {
    do throws(JournalError) {
      try await journal.setConnectionValue(
        connection: Pacer.place(connection), key: Pacer.key, value: pacer.closures(of: connection))
    } catch {
      // The next start would ask too early, once: the channel says it again.
      announcer.journalTrouble(error)
    }
  }

  /// What the lane does when a run cannot go on here: the engine stops, the lane is lost, or the run was closed.
  var leaving: LaneStep {
    Task.isCancelled || pauses.isStopping || ownership.isFenced || hold?.isClosing == true ? .stopped : .next
  }

  /// False when the engine stops or the lane is given back: the wait is in the journal.
  func paused(until moment: Timestamp, epoch: Int? = nil) async -> Bool {
    guard hold?.beginPause() ?? true else { return false }
    defer { hold?.endPause() }
    await restWatched()
    guard await pauses.wait(until: moment, clock: ports.clock, epoch: epoch) else { return false }
    return await takeUpWatched()
  }

  func walk(_ entry: LaneEntry) async -> LaneStep {
    switch entry {
    case .fresh(let fresh): return await walk(fresh)
    case .stored(let id), .found(let id):
      switch await load(id) {
      case .success(let stored):
        if case .found = entry { return await walkFound(stored) }
        return await walk(stored)
      case .failure(let step): return step.step
      }
    }
  }

  func walk(_ run: LiveRun) async -> LaneStep {
    switch run.flow {
    case WakeFlow.name: return await Waking(walk: self, run: run).go()
    case EmissionFlow.name: return await Emitting(walk: self, run: run).go()
    default: break
    }
    guard let program = await program(of: run) else {
      return await lacksProgram(run)
    }
    guard let conversation = await snapshot(of: run) else { return .stopped }
    var journey = RunJourney(walk: self, run: run, program: program, conversation: conversation)
    return await journey.go()
  }

  /// Why a stored run is not walked.
  private struct Unwalkable: Error { var step: LaneStep }

  private func load(_ id: RunID) async -> Result<LiveRun, Unwalkable> {
    let stored: StoredRun?
    do {
      stored = try await persist { () async throws(JournalError) in try await journal.run(id) }
    } catch { return .failure(Unwalkable(step: .stopped)) }
    guard let stored, !stored.status.isClosed else { return .failure(Unwalkable(step: .next)) }
    guard stored.status != .parked else { return .failure(Unwalkable(step: .parked)) }
    if let run = LiveRun(stored: stored, now: ports.clock.now()) { return .success(run) }
    announcer.damaged(run: id, lane: stored.lane)
    let change = RunChange(
      run: id, status: .dead, state: stored.state, outcome: "dead: the stored run cannot be read",
      at: ports.clock.now())
    return .failure(Unwalkable(step: await commit(change) ? .next : .stopped))
  }

  private func program(of run: LiveRun) async -> Program? {
    if run.flow == EchoFlow.name { return EchoFlow.program(project: run.project) }
    return await program(of: run, version: run.version)
  }

  /// A version of a run's flow, from memory or from the journal. Nil when it can no longer be loaded.
  func program(of run: LiveRun, version wanted: String) async -> Program? {
    await program(project: run.project, flow: run.flow, version: wanted)
  }

  func program(project: String, flow name: String, version wanted: String) async -> Program? {
    if let known = flows.program(project: project, flow: name, version: wanted) { return known }
    let version: FlowVersion??
    version = try? await persist { () async throws(JournalError) in
      try await journal.flowVersion(flow: "\(project)/\(name)", version: wanted)
    }
    guard case .some(.some(let source)) = version,
      let flow = ports.flows.flow(project: project, file: source.file, source: source.source)
    else { return nil }
    let program = Program(flow)
    flows.keep(program)
    return program
  }

  /// A run whose flow can no longer be read waits for a person: nothing of it is lost.
  private func lacksProgram(_ run: LiveRun) async -> LaneStep {
    if Task.isCancelled { return .stopped }
    let reason = "version \(run.version) of flow '\(run.flow)' can no longer be loaded"
    let change = RunChange(
      run: run.id, status: .parked, state: run.state?.encoded, outcome: "parked: \(reason)", at: ports.clock.now())
    guard await commit(change) else { return leaving }
    announcer.tell(run, .parked(reason: reason))
    return .parked
  }

  private func snapshot(of run: LiveRun) async -> ConversationSnapshot? {
    try? await persist { () async throws(JournalError) in
      try await conversation(run.conversation, of: run.project)
    }
  }

  /// A conversation by its key `project/connection/chat`, which says where it began even if nothing else is known.
  func conversation(_ key: String, of project: String) async throws(JournalError) -> ConversationSnapshot {
    let parts = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    return try await conversations.snapshot(
      key, project: project, connection: parts.count == 3 ? parts[1] : "", chat: parts.count == 3 ? parts[2] : key)
  }

  /// Repeats until the journal takes it: what has happened outside must not be forgotten because a disk is full.
  /// False when the run was closed meanwhile, or the engine is being cancelled.
  func commit(_ change: RunChange) async -> Bool { await committed(change) == .done }

  enum Committed: Sendable { case done, refused, conflict }

  func committed(_ change: RunChange) async -> Committed {
    var answerWasLost = false
    do throws(JournalError) {
      try await persist { () async throws(JournalError) in
        do throws(JournalError) { try await journal.commit(change) } catch {
          // Closed by this very change, whose answer was lost the time before: only dead and parked runs are closed by
          // somebody else, and those are not walked.
          if error.code == .runClosed, answerWasLost, change.status.isClosed { return }
          // Nor is a value changed by somebody else that this very change has changed.
          if error.code == .conflict, answerWasLost, await isStored(change) { return }
          answerWasLost = answerWasLost || error.code == .unavailable
          throw error
        }
      }
      return .done
    } catch { return error.code == .conflict ? .conflict : .refused }
  }

  /// Whether the journal has the very change, whose answer was lost.
  private func isStored(_ change: RunChange) async -> Bool {
    let stored = try? await persist { () async throws(JournalError) in try await journal.run(change.run) }
    return stored?.changedAt == change.at && stored?.state == change.state && stored?.status == change.status
  }

  func persist<T: Sendable>(_ work: () async throws(JournalError) -> T) async throws(JournalError) -> T {
    var pauseMilliseconds: Int64 = 100
    while true {
      do throws(JournalError) {
        return try await work()
      } catch {
        switch error.code {
        case .runClosed, .nameTaken, .conflict: throw error
        case .fenced:
          ownership.noteFence()
          throw error
        case .unavailable, .full, .readOnly, .corrupt, .newerSchema:
          guard !Task.isCancelled else { throw error }
          announcer.journalTrouble(error)
          await ports.clock.sleep(milliseconds: pauseMilliseconds)
          pauseMilliseconds = min(pauseMilliseconds * 2, 10_000)
        }
      }
    }
  }
}
