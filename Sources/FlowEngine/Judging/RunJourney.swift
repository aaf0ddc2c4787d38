//! One run on its way: state, context and what must be settled with the next commit.
import FlowModel
import JournalCore
import SwitchboardSDK

struct RunJourney {
  let walk: RunWalk
  var run: LiveRun
  var machine: RunMachine
  var state: RunState
  var context: RunContext
  /// The version in the journal is not yet the one that the state belongs to.
  var isAdopted = false
  /// A version that this run could not go on in: not tried twice.
  var refusedVersion: String?
  /// A person has asked for another try of it.
  let isAskedFor: Bool
  /// Why the run ends before it is taken up.
  private var early: LaneStep?
  /// Outcomes of calls that go into the ledger with the next commit.
  var settled: [DeliveryChange] = []
  /// Branches stand as the journal has them: their calls are asked for first.
  var hasBranchesToRecover = false

  init(walk: RunWalk, run: LiveRun, program: Program, conversation: ConversationSnapshot) {
    self.walk = walk
    self.run = run
    self.machine = RunMachine(program: program)
    self.state = run.state ?? RunState()
    self.isAskedFor = run.status == .queued && (run.state.map { $0.sequence > 0 || $0.call != nil } ?? false)
    self.context = walk.projects.context(
      run: run.id, event: run.content, connection: run.connection, label: run.label, receivedAt: run.receivedAt,
      conversation: conversation, project: run.project, now: walk.ports.clock.now())
  }

  mutating func go() async -> LaneStep {
    if let step = await succeed(.takenUp) { return step }
    guard let input = await firstInput() else { return early ?? leaving }
    var output = advance(on: input)
    while true {
      switch output {
      case .judge(let call):
        guard let next = await judged(call) else { return .stopped }
        output = advance(on: next)
      case .perform(let call):
        // One call has come to its end: the next one is not begun any more by a flow that was cancelled.
        if call.sequence > 1 || call.attempt > 1, let step = await succeed(.betweenCalls) { return step }
        guard let next = await perform(call) else { return leaving }
        output = advance(on: next)
      case .keep(let request):
        guard let next = await keep(request, of: []) else { return leaving }
        output = next.output
      case .wait(let moment, let reason):
        guard await commit(.waiting, wakeAt: moment, outcome: reason) else { return leaving }
        walk.announcer.tell(run, .waiting(until: moment, reason: reason))
        if let step = await waited(until: moment) { return step }
        output = advance(on: .again)
      case .park(let reason):
        guard await commit(.parked, outcome: "parked: \(reason)") else { return leaving }
        walk.announcer.tell(run, .parked(reason: reason))
        return .parked
      case .finish(let outcome, let isDead):
        guard await commit(isDead ? .dead : .done, outcome: outcome) else { return leaving }
        walk.announcer.tell(run, .finished(outcome: outcome))
        if outcome == "delivered" {
          walk.announcer.delivered(
            run, afterMilliseconds: walk.ports.clock.now().millisecondsSince(run.receivedAt))
        }
        return .next
      case .fork(let branches):
        switch await together(branches) {
        case .goesOn(let next): output = next
        case .leaves(let step): return step
        }
      // Only branches rest.
      case .rest: return leaving
      }
    }
  }

  private mutating func advance(on input: RunMachine.Input) -> RunMachine.Output {
    context.now = walk.ports.clock.now()
    return machine.advance(&state, on: input, in: &context)
  }

  var leaving: LaneStep { walk.leaving }

  /// How a run begins, or is taken up again after a stop. Nil when it is closed at once.
  private mutating func firstInput() async -> RunMachine.Input? {
    if run.state == nil || (run.status == .queued && (!state.hasBegun || state.wait != nil)) {
      guard await !isEchoOfOurs(), await knowsWhetherPutOff() else { return nil }
      return await isNew() ? .start : nil
    }
    // Begun, and queued again: a person asked for another try.
    if run.status == .queued { state.countAnew(at: walk.ports.clock.now(), in: machine.program) }
    if !state.liveBranches.isEmpty {
      hasBranchesToRecover = true
      return .again
    }
    if let wakeAt = run.wakeAt, run.status == .waiting {
      if let step = await waited(until: wakeAt) {
        early = step
        return nil
      }
    }
    guard state.call != nil else { return .again }
    return await recovered()
  }

  /// The echo of a call of ours may arrive before the call is settled. By now every earlier call of the
  /// conversation is: the ledger knows for sure.
  private mutating func isEchoOfOurs() async -> Bool {
    guard run.content.isEcho, let message = run.content.message else { return false }
    let isOurs = try? await walk.persist { () async throws(JournalError) in
      try await walk.journal.isOwnMessage(
        connection: run.connection, chat: run.content.chat.id, messageID: message.id)
    }
    guard isOurs == true else { return isOurs == nil }
    if await commit(.done, outcome: "dropped: echo of our own message") {
      walk.announcer.tell(run, .finished(outcome: "dropped: echo of our own message"))
    }
    return true
  }

  /// An auto-reply that has come due asks whether a later message has put it off. False when the engine stops first.
  private mutating func knowsWhetherPutOff() async -> Bool {
    guard let step = machine.stepPuttingOff(state) else { return true }
    let key = RunCommit.timerKey(of: run, step: step, conversation: run.conversation)
    let isPending = try? await walk.persist { () async throws(JournalError) in
      try await walk.journal.pendingTimer(key: key) != nil
    }
    context.isPutOff = isPending ?? false
    return isPending != nil
  }

  /// Takes the flow's own dedup key; a run that comes second ends here.
  private mutating func isNew() async -> Bool {
    guard let key = machine.deduplicationKey(state: state, context: context) else { return true }
    let keepUntil = context.now.adding(milliseconds: machine.program.flow.deduplication.keepMilliseconds)
    let isFirst = try? await walk.persist { () async throws(JournalError) in
      try await walk.journal.claimDeduplicationKey(
        flow: "\(run.project)/\(run.flow)", key: key, run: run.id, keepUntil: keepUntil, now: context.now)
    }
    guard let isFirst else { return false }
    if isFirst { return true }
    if await commit(.done, outcome: "dropped: duplicate of '\(key)'") {
      walk.announcer.tell(run, .finished(outcome: "dropped: duplicate of '\(key)'"))
    }
    return false
  }

  /// The engine stopped while a call was under way: what the ledger calls `sending` is of unknown outcome,
  /// and the channel is asked before anything is repeated.
  private mutating func recovered() async -> RunMachine.Input? {
    guard let entries = await ledgerEntries() else { return nil }
    switch recovery(of: [], among: entries) {
    case .input(let input): return input
    case .ask(let action, let entry):
      let outcome = await walk.outside(run.project) { await asked(action, entry) }
      return taken(outcome, for: entry)
    }
  }

  func ledgerEntries() async -> [StoredDelivery]? {
    try? await walk.persist { () async throws(JournalError) in try await walk.journal.deliveries(of: run.id) }
  }

  /// How a call goes on that was under way when the engine stopped.
  enum Recovery {
    case input(RunMachine.Input)
    case ask(Action, StoredDelivery)
  }

  mutating func recovery(of branch: BranchPath, among entries: [StoredDelivery]) -> Recovery {
    let sequence = state.strand(at: branch)?.call?.sequence
    guard let last = entries.last(where: { $0.sequence == sequence }) else {
      // It was never noted, so it has never gone out.
      state.changeCall(of: branch) { $0.begun = 0 }
      return .input(.again)
    }
    switch last.state {
    case .sent: return .input(.delivered(ActionResult(remoteIDs: last.remoteIDs, value: last.result)))
    case .intended, .failed: return .input(.again)
    case .sending, .unknown:
      guard let value = try? JSON.parse(last.request), let action = Action(stored: value) else {
        return .input(.again)
      }
      return .ask(action, last)
    }
  }

  func asked(_ action: Action, _ entry: StoredDelivery) async -> CallOutcome {
    let lost = ActionError(.unknown, "the engine stopped during the call")
    return await walk.performing.reconciled(action, on: entry.connection, begunAt: entry.begunAt, lost)
  }

  /// Nil when the stop of the engine, and not the channel, is why there is no answer.
  mutating func taken(_ outcome: CallOutcome, for entry: StoredDelivery) -> RunMachine.Input? {
    if case .failed = outcome, Task.isCancelled { return nil }
    settled.append(outcome.ledgerEntry(sequence: entry.sequence, at: walk.ports.clock.now()))
    walk.announcer.recovered(run, sequence: entry.sequence, outcome)
    // `unknown` has been judged before the stop: its wait is over, or a person wants it sent.
    if case .failed = outcome, entry.state == .unknown { return .again }
    return outcome.input
  }

  /// Nil when the stop of the engine, and not the rule, is why there is no verdict.
  private func judged(_ call: RuleCall) async -> RunMachine.Input? {
    taken(await walk.outside(run.project) { await walk.verdict(of: call) })
  }

  func taken(_ verdict: Result<RuleDecision, RuleFailure>) -> RunMachine.Input? {
    if case .failure(let error) = verdict {
      if Task.isCancelled { return nil }
      walk.announcer.ruleFailed(run, error)
    }
    return .verdict(verdict)
  }

  /// Nil when the call could not be noted in the ledger (then it is not made), or when the stop broke it off.
  private mutating func perform(_ call: OutgoingCall) async -> RunMachine.Input? {
    guard let turn = await turn(for: call) else { return nil }
    note(call)
    guard await commit(.running) else {
      walk.pacer.end(turn, wasMade: false)
      return nil
    }
    // A process that was stopped between the two may be a node no more: whoever has the lane now asks the channel.
    guard walk.ownership.mayCall else {
      walk.pacer.end(turn, wasMade: false)
      walk.ownership.noteFence()
      return nil
    }
    let performing = walk.performing
    let outcome = await walk.outside(run.project) { await performing.perform(call, turn) }
    guard let input = await taken(outcome, of: call) else {
      if !settled.isEmpty { _ = await commit(.running) }
      return nil
    }
    return input
  }

  /// The call goes out: with the next commit the ledger knows.
  mutating func note(_ call: OutgoingCall) {
    let now = walk.ports.clock.now()
    if call.attempt == 1 {
      settled.append(
        .insert(
          NewDelivery(
            sequence: call.sequence, project: run.project, connection: call.connection, chat: call.action.chat,
            step: call.step, request: call.action.storedBytes, state: .sending, at: now)))
    } else {
      settled.append(.begin(sequence: call.sequence, attempt: call.attempt, at: now))
    }
  }

  /// Nil when the stop deadline broke the call off: that is no failed attempt. What may have been sent stays `sending`:
  /// the next start asks.
  mutating func taken(_ outcome: CallOutcome, of call: OutgoingCall) async -> RunMachine.Input? {
    if case .failed(let error) = outcome, error.code == .rateLimited { await walk.keepClosures(of: call.connection) }
    walk.announcer.called(run, call, outcome)
    let entry = outcome.ledgerEntry(sequence: call.sequence, at: walk.ports.clock.now())
    if Task.isCancelled, case .failed(let error) = outcome {
      if error.code != .unknown { settled.append(entry) }
      return nil
    }
    settled.append(entry)
    return outcome.input
  }

  /// The call's turn by its channel's limits. Until it comes nothing of the call is in the ledger; what the run has
  /// done so far is committed before the wait. Nil when the engine stops first, or the run was closed meanwhile.
  private mutating func turn(for call: OutgoingCall) async -> PaceTurn? {
    if let turn = walk.pacer.turnAtOnce(for: call.action, on: call.connection) { return turn }
    if !settled.isEmpty || !context.effects.isEmpty {
      state.call?.begun -= 1
      defer { state.call?.begun += 1 }
      guard await commit(.waiting, outcome: "waits for its turn on \(call.connection)") else { return nil }
    }
    guard walk.hold?.beginPause() ?? true else { return nil }
    defer { walk.hold?.endPause() }
    let pacer = walk.pacer
    await walk.restWatched()
    let turn = await walk.outside(run.project) { await pacer.turn(for: call.action, on: call.connection) }
    guard let turn else { return nil }
    if await walk.takeUpWatched() { return turn }
    pacer.end(turn, wasMade: false)
    return nil
  }

  mutating func commit(_ status: RunStatus, wakeAt: Timestamp? = nil, outcome: String? = nil) async -> Bool {
    await committed(status, wakeAt: wakeAt, outcome: outcome) == .done
  }

  mutating func committed(
    _ status: RunStatus, wakeAt: Timestamp? = nil, outcome: String? = nil, values: [StateChange] = []
  ) async -> RunWalk.Committed {
    var timers = context.effects.timers.map { (step: $0.step, dueAt: $0.dueAt) }
    if let wait = context.effects.wait { timers.append((wait.step, wait.dueAt)) }
    for emission in context.effects.emissions { timers.append(("emit \(emission.topic)", context.now)) }
    var commit = RunCommit(run: run, status: status, wakeAt: wakeAt, outcome: outcome, isAdopted: isAdopted)
    commit.deliveries = settled
    commit.values = values
    let result = await walk.committed(commit.change(state: state, context: context, at: walk.ports.clock.now()))
    guard result == .done else { return result }
    settled = []
    isAdopted = false
    if !context.effects.isEmpty {
      walk.conversations.remember(context.conversation, after: context.effects)
      context.effects = RunEffects()
    }
    for timer in timers { walk.announcer.tell(run, .timerStarted(step: timer.step, dueAt: timer.dueAt)) }
    return .done
  }

  /// Nil once the moment has come. Whenever flows are published meanwhile, the run is asked what that means to it.
  private mutating func waited(until moment: Timestamp) async -> LaneStep? {
    var isOver = false
    while true {
      let epoch = walk.pauses.epoch
      if let step = await succeed(.waiting) { return step }
      if isOver || moment <= walk.ports.clock.now() { return nil }
      let walk = walk
      guard await walk.outside(run.project, { await walk.paused(until: moment, epoch: epoch) }) else { return .stopped }
      // Not interrupted: as much time has passed as there was to wait, whatever a clock set back says.
      isOver = walk.pauses.epoch == epoch
    }
  }
}
