//! When the next crash comes: so many jobs from now, or at a write or call, on either side of it.

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CrashPlan: @unchecked Sendable {
  enum Point: CaseIterable { case job, beforeWrite, afterWrite, beforeDeed, afterDeed }

  private var armed: (point: Point, countdown: Int)?
  /// Ends the life given, or with nil some life.
  var strike: (NodeLife?) -> Void = { _ in }

  func arm(_ point: Point, after count: Int) { armed = (point, max(count, 1)) }
  func disarm() { armed = nil }

  func reach(_ point: Point, _ life: NodeLife? = nil) {
    guard let plan = armed, plan.point == point, life?.isAlive ?? true else { return }
    guard plan.countdown <= 1 else {
      armed?.countdown -= 1
      return
    }
    armed = nil
    strike(life)
  }
}
