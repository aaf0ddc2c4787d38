//! Walks every lane that has something to walk, each in a task of its own, many lanes side by side.
import JournalCore
import SwitchboardSDK

struct LaneService: Sendable {
  let lanes: Lanes
  let walk: RunWalk
  /// For tests of tests only: see `walkWithoutWaiting`.
  var releasesEarly = false

  /// Returns once the lanes are stopped and every run under way has come to an end, or the deadline has broken
  /// it off: then it goes on after the next start.
  /// `milliseconds` is asked for once they are stopped.
  func run(stoppingWithin milliseconds: @escaping @Sendable () -> Int64) async {
    await withTaskGroup(of: Void.self) { outer in
      outer.addTask {
        await withDiscardingTaskGroup { group in
          for await lane in lanes.ready {
            let turns = walk.ports.threads?.executorIfShared(by: WalkSlots.project(of: lane))
            group.addTask(executorPreference: turns) {
              await walkLane(lane)
              lanes.slots.leave()
            }
          }
        }
      }
      outer.addTask {
        await lanes.stopped()
        walk.pacer.stop()
        await walk.ports.clock.sleep(milliseconds: milliseconds())
      }
      await outer.next()
      outer.cancelAll()
    }
  }

  private func walkLane(_ name: String) async {
    if releasesEarly { return await walkWithoutWaiting(name) }
    guard let hold = lanes.hold(name) else {
      _ = await walkRuns(of: name, walk)
      return
    }
    var walk = walk
    walk.hold = hold
    let wasStopped = await withTaskGroup(of: Bool?.self) { [walk] group in
      group.addTask { await walkRuns(of: name, walk) }
      group.addTask {
        await hold.brokenOff()
        return nil
      }
      var wasStopped = false
      for await end in group {
        wasStopped = wasStopped || end == true
        group.cancelAll()
      }
      return wasStopped
    }
    lanes.leave(name, hold, wasStopped: wasStopped)
  }

  /// True when it was stopped within a run.
  private func walkRuns(of name: String, _ walk: RunWalk) async -> Bool {
    while let entry = lanes.head(of: name) {
      switch await walk.walk(entry) {
      case .next:
        lanes.advance(name)
        await lanes.slots.pass(WalkSlots.project(of: name))
      case .parked:
        if lanes.park(name) { return false }
      case .stopped: return true
      }
    }
    return false
  }

  /// A lane that goes on before its run is over: the fault that the simulation must notice.
  private func walkWithoutWaiting(_ name: String) async {
    await withDiscardingTaskGroup { group in
      while let entry = lanes.head(of: name) {
        lanes.advance(name)
        group.addTask { _ = await walk.walk(entry) }
      }
    }
  }
}
