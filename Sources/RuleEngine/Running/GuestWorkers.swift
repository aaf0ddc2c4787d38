//! Lua states for callers that judge on their own thread: as many as callers have been in here at once.
internal import FlowModel
internal import Synchronization

final class GuestWorkers: Sendable {
  /// A worker is in here or in the hands of one caller, who took it out; hence unchecked.
  private struct Guest: @unchecked Sendable {
    var worker: RuleWorker
  }
  private let idle = Mutex<[Guest]>([])
  private let zones: RuleZones?

  init(zones: RuleZones?) { self.zones = zones }

  func judge(_ call: RuleCall, _ source: RuleSource, _ limits: RuleLimits) -> RuleJudgement {
    let guest = idle.withLock { $0.popLast() } ?? Guest(worker: RuleWorker(zones: zones))
    defer { idle.withLock { $0.append(guest) } }
    return guest.worker.judge(call, source, limits: limits)
  }
}
