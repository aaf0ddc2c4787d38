//! A run inside `parallel`: all branches make their calls at the same time, and each of their steps is committed with
//! the run's state, so that a crash finds every one of them where it was.
import FlowModel
import JournalCore
import SwitchboardSDK

extension RunJourney {
  enum Together {
    /// All branches have ended: the run itself goes on with this.
    case goesOn(RunMachine.Output)
    case leaves(LaneStep)
  }

  /// What a branch waits for.
  private enum Errand: Sendable {
    case verdict(BranchPath, Result<RuleDecision, RuleFailure>)
    /// Nil: the engine stops before the call's turn comes.
    case turn(BranchPath, OutgoingCall, PaceTurn?)
    case called(BranchPath, OutgoingCall, CallOutcome)
    case recovered(BranchPath, StoredDelivery, CallOutcome)
    case woken(BranchPath, Timestamp, Waking)
  }
  private enum Waking: Sendable { case over, interrupted, stopped }

  private struct Bout {
    var outputs: [RunMachine.Advance] = []
    /// Calls whose turn has come, to go out after the next commit.
    var calls: [(branch: BranchPath, call: OutgoingCall, turn: PaceTurn)] = []
    /// Errands that end by themselves.
    var working = 0
    /// Waits, for a moment or for a turn, which a stop ends.
    var pausing = 0
    var isToCommit = false
    var askedEpoch: Int
    var root: RunMachine.Output?
  }

  mutating func together(_ paths: [BranchPath]) async -> Together {
    var recovered: [StoredDelivery] = []
    let isRecovering = hasBranchesToRecover
    if isRecovering {
      guard let entries = await ledgerEntries() else { return .leaves(leaving) }
      recovered = entries
      hasBranchesToRecover = false
    }
    return await withTaskGroup(of: Errand.self) { group in
      var bout = Bout(askedEpoch: walk.pauses.epoch)
      for path in isRecovering ? state.liveBranches : paths {
        if isRecovering { recover(path, recovered, &bout, &group) } else { advance(path, on: .again, &bout) }
      }
      let end = await play(&bout, &group)
      group.cancelAll()
      return end
    }
  }

  private mutating func play(_ bout: inout Bout, _ group: inout TaskGroup<Errand>) async -> Together {
    while true {
      while !bout.outputs.isEmpty { await take(bout.outputs.removeFirst(), &bout, &group) }
      if let root = bout.root { return .goesOn(root) }
      guard await settle(&bout, &group) else { return .leaves(leaving) }
      guard bout.working + bout.pausing > 0 else { return .leaves(leaving) }
      if bout.working == 0 {
        if bout.askedEpoch != walk.pauses.epoch {
          bout.askedEpoch = walk.pauses.epoch
          if let step = await succeed(.waiting) { return .leaves(step) }
        }
        guard walk.hold?.beginPause() ?? true else { return .leaves(leaving) }
      }
      walk.slots.leave()
      let errand = await group.next()
      await walk.slots.enter(run.project)
      if bout.working == 0 { walk.hold?.endPause() }
      if let errand { await take(errand, &bout, &group) }
    }
  }

  private mutating func advance(_ path: BranchPath, on input: RunMachine.Input, _ bout: inout Bout) {
    context.now = walk.ports.clock.now()
    bout.outputs.append(machine.advance(&state, on: input, of: path, in: &context))
  }

  // MARK: What the machine wants

  private mutating func take(_ next: RunMachine.Advance, _ bout: inout Bout, _ group: inout TaskGroup<Errand>) async {
    let path = next.branch
    let walk = walk
    guard !path.isEmpty else {
      bout.root = next.output
      return
    }
    switch next.output {
    case .judge(let call):
      bout.working += 1
      group.addTask { .verdict(path, await walk.verdict(of: call)) }
    case .perform(let call): begin(call, path, &bout, &group)
    case .keep(let request):
      if let next = await keep(request, of: path) { bout.outputs.append(next) }
    case .wait(let moment, let reason):
      state.setWakeAt(moment, of: path)
      bout.isToCommit = true
      walk.announcer.tell(run, .waiting(until: moment, reason: reason))
      sleep(path, until: moment, &bout, &group)
    case .fork(let paths): for path in paths { advance(path, on: .again, &bout) }
    case .rest: bout.isToCommit = true
    // Ends are the machine's own business inside of a branch.
    case .park, .finish: bout.isToCommit = true
    }
  }

  private mutating func begin(
    _ call: OutgoingCall, _ path: BranchPath, _ bout: inout Bout, _ group: inout TaskGroup<Errand>
  ) {
    let walk = walk
    if Task.isCancelled {
      state.changeCall(of: path) { $0.begun -= 1 }
    } else if let turn = walk.pacer.turnAtOnce(for: call.action, on: call.connection) {
      bout.calls.append((path, call, turn))
    } else {
      // Until its turn comes, nothing of the call is in the ledger.
      state.changeCall(of: path) { $0.begun -= 1 }
      bout.pausing += 1
      group.addTask { .turn(path, call, await walk.pacer.turn(for: call.action, on: call.connection)) }
    }
  }

  private func sleep(
    _ path: BranchPath, until moment: Timestamp, _ bout: inout Bout, _ group: inout TaskGroup<Errand>
  ) {
    let (walk, epoch) = (walk, walk.pauses.epoch)
    bout.pausing += 1
    group.addTask {
      guard await walk.pauses.wait(until: moment, clock: walk.ports.clock, epoch: epoch) else {
        return .woken(path, moment, .stopped)
      }
      let isOver = moment <= walk.ports.clock.now() || walk.pauses.epoch == epoch
      return .woken(path, moment, isOver ? .over : .interrupted)
    }
  }

  /// Commits what there is to commit, then lets the calls out whose turn has come. False when it could not be.
  private mutating func settle(_ bout: inout Bout, _ group: inout TaskGroup<Errand>) async -> Bool {
    guard bout.isToCommit || !bout.calls.isEmpty || !settled.isEmpty else { return true }
    for call in bout.calls { note(call.call) }
    let isWaiting = bout.calls.isEmpty && bout.working == 0
    let wakeAt = isWaiting ? state.liveBranches.compactMap { state.wakeAt(of: $0) }.min() : nil
    let isCommitted = await commit(wakeAt == nil ? .running : .waiting, wakeAt: wakeAt)
    guard isCommitted, bout.calls.isEmpty || walk.ownership.mayCall else {
      for call in bout.calls { walk.pacer.end(call.turn, wasMade: false) }
      if isCommitted { walk.ownership.noteFence() }
      return false
    }
    bout.isToCommit = false
    let performing = walk.performing
    for (path, call, turn) in bout.calls {
      bout.working += 1
      group.addTask { .called(path, call, await performing.perform(call, turn)) }
    }
    bout.calls = []
    return true
  }

  // MARK: What has come

  private mutating func take(_ errand: Errand, _ bout: inout Bout, _ group: inout TaskGroup<Errand>) async {
    switch errand {
    case .verdict(let path, let verdict):
      bout.working -= 1
      if let input = taken(verdict) { advance(path, on: input, &bout) }
    case .turn(let path, let call, let turn):
      bout.pausing -= 1
      guard let turn else { return }
      state.changeCall(of: path) { $0.begun += 1 }
      bout.calls.append((path, call, turn))
    case .called(let path, let call, let outcome):
      bout.working -= 1
      if let input = await taken(outcome, of: call) { advance(path, on: input, &bout) }
    case .recovered(let path, let entry, let outcome):
      bout.working -= 1
      if let input = taken(outcome, for: entry) { advance(path, on: input, &bout) }
    case .woken(let path, let moment, let waking):
      bout.pausing -= 1
      switch waking {
      case .over: advance(path, on: .again, &bout)
      case .interrupted: sleep(path, until: moment, &bout, &group)
      case .stopped: break
      }
    }
  }

  /// As the journal has it: a call is asked for, a wait goes on, everything else begins where it stood.
  private mutating func recover(
    _ path: BranchPath, _ entries: [StoredDelivery], _ bout: inout Bout, _ group: inout TaskGroup<Errand>
  ) {
    if let moment = state.wakeAt(of: path), moment > walk.ports.clock.now() {
      return sleep(path, until: moment, &bout, &group)
    }
    guard state.strand(at: path)?.call != nil else { return advance(path, on: .again, &bout) }
    switch recovery(of: path, among: entries) {
    case .input(let input): advance(path, on: input, &bout)
    case .ask(let action, let entry):
      let journey = self
      bout.working += 1
      group.addTask { .recovered(path, entry, await journey.asked(action, entry)) }
    }
  }
}
