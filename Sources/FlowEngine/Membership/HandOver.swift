//! Takes up runs that other nodes have stored for lanes that are walked here.
import JournalCore
import SwitchboardSDK
import Synchronization

struct HandOver: Sendable {
  let store: any ClusterStore
  let ownership: LaneOwnership
  let lanes: Lanes
  let clock: any ClockPort
  let announcer: Announcer
  /// A store that breaks off may have taken the marks off: the runs are in no lane then.
  let unsure: UnsureWrites
  /// Sweeps come one after the other: two at once could queue a lane's runs in the wrong order.
  let turns = Turns()
  let alarm = Alarm()
  private static let batch = 500
  /// Without a hint. Hints make it immediate; they may be missing.
  private static let beatMilliseconds: Int64 = 250
  /// Beats between two looks whether the lanes have missed anything that is open in the journal.
  private static let beatsPerCheck = 120

  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await _ in store.hints { alarm.ring() }
      }
      await sweepAgainAndAgain()
      group.cancelAll()
    }
  }

  private func sweepAgainAndAgain() async {
    var beats = 0
    while !Task.isCancelled {
      beats += 1
      do throws(JournalError) {
        try await sweep()
        if beats % Self.beatsPerCheck == 0 { try await check() }
      } catch {
        if error.code == .fenced { ownership.noteFence() } else { announcer.journalTrouble(error) }
        await clock.sleep(milliseconds: 1_000)
      }
      await alarm.wait(until: clock.now().adding(milliseconds: Self.beatMilliseconds), clock: clock)
    }
  }

  /// Everything that has been handed over so far is in its lane when this returns.
  func sweep() async throws(JournalError) {
    await turns.begin()
    defer { turns.end() }
    try await unsure.takeUp()
    while true {
      let held = ownership.partitions(in: [.held])
      guard !held.isEmpty else { return }
      // As a write of our own: no partition is given away between the taking and the queueing.
      let ticket = ownership.enter(partitions: held)
      let runs: [OpenRun]
      do throws(JournalError) {
        runs = try await store.takeHandedOver(in: ticket.ours, limit: Self.batch)
      } catch {
        unsure.note(error)
        ownership.leave(ticket, queueing: [])
        throw error
      }
      ownership.leave(ticket, queueing: runs.map { .stored($0) })
      if runs.count < Self.batch { return }
    }
  }

  /// The safety net: what is open in the journal and in no lane, though the lane is walked here.
  private func check() async throws(JournalError) {
    let held = ownership.partitions(in: [.held])
    guard !held.isEmpty else { return }
    let ticket = ownership.enter(partitions: held)
    defer { ownership.leave(ticket, queueing: []) }
    let missed = try await Recovery(journal: store, lanes: lanes).takeUpMissing(in: ticket.ours, of: store)
    if missed > 0 { announcer.tookUpLate(missed) }
  }
}

/// One after the other, in the order of asking.
final class Turns: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  func begin() async {
    await withCheckedContinuation { continuation in
      let isFirst = state.withLock { state -> Bool in
        guard state.isTaken else {
          state.isTaken = true
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFirst { continuation.resume() }
    }
  }

  func end() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.isTaken = false
      return nil
    }
    next?.resume()
  }
}
