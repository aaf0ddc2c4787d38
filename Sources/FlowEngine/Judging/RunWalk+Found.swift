//! The walk of a run that a start found open: see `Upkeep/DeathNotes`.
import FlowModel
import JournalCore
import SwitchboardSDK
import Synchronization

/// One such run in the hands of its walker.
final class DeathWatch: Sendable {
  let notes: DeathNotes
  let run: LiveRun
  let isSuspected: Bool
  private let isAlone = Mutex(false)

  init(notes: DeathNotes, run: LiveRun, deaths: Int) {
    self.notes = notes
    self.run = run
    isSuspected = deaths >= Limits.deathsBeforeAlone
  }

  /// Its turn to be begun, among those that are suspected.
  func enter() async {
    guard isSuspected else { return }
    await notes.alone.begin()
    isAlone.withLock { $0 = true }
  }

  func leave() {
    let wasAlone = isAlone.withLock { isAlone in
      defer { isAlone = false }
      return isAlone
    }
    if wasAlone { notes.alone.end() }
  }
}

extension RunWalk {
  func walkFound(_ run: LiveRun) async -> LaneStep {
    guard let deaths else { return await walk(run) }
    let count = deaths.deaths(of: run.id, in: run.lane)
    guard count < Limits.deathsMax else { return await park(run, after: count, deaths) }
    var walk = self
    let watch = DeathWatch(notes: deaths, run: run, deaths: count)
    walk.watch = watch
    defer { watch.leave() }
    guard await walk.takeUpWatched() else { return leaving }
    let step = await walk.walk(run)
    if step == .next { deaths.end(run.id, in: run.lane) } else { await walk.restWatched() }
    return step
  }

  /// False when the engine stops.
  func takeUpWatched() async -> Bool {
    guard let watch else { return true }
    if watch.isSuspected { await outside(watch.run.project) { await watch.enter() } }
    do {
      // The turn may have come after the stop only.
      guard !pauses.isStopping, !Task.isCancelled else { throw JournalError(.unavailable, "the engine stops") }
      try await persist { () async throws(JournalError) in
        try await watch.notes.begin(watch.run.id, in: watch.run.lane)
      }
      return true
    } catch {
      watch.leave()
      watch.notes.leave(watch.run.id, in: watch.run.lane)
      return false
    }
  }

  /// As good as it goes: a note that stays too long costs the run one of its lives.
  func restWatched() async {
    guard let watch else { return }
    watch.leave()
    if announcer.journalCondition.trouble == nil || !Task.isCancelled {
      try? await watch.notes.rest(watch.run.id, in: watch.run.lane)
    }
  }

  private func park(_ run: LiveRun, after count: Int, _ deaths: DeathNotes) async -> LaneStep {
    let forgiven: Void? = try? await persist { () async throws(JournalError) in
      try await deaths.forgive(run.id, in: run.lane)
    }
    guard forgiven != nil else { return leaving }
    let reason = "the engine died \(count) times while this message was in hand"
    let change = RunChange(
      run: run.id, status: .parked, state: run.state?.encoded, outcome: "parked: \(reason)", at: ports.clock.now())
    guard await commit(change) else { return leaving }
    announcer.tell(run, .parked(reason: reason))
    return .parked
  }
}
