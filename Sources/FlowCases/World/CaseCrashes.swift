//! Where the engine dies: an order of the case, and the counting up to its point.
import FlowLoading
import Simulation

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseCrashes: @unchecked Sendable {
  private(set) var armed: CrashOrder?
  private var count = 0
  private(set) var hasStruck = false
  /// Ends the life of the engine.
  var strike: (String) -> Void = { _ in }

  func arm(_ order: CrashOrder) {
    armed = order
    count = 0
    hasStruck = false
  }

  func disarm() { armed = nil }

  func reach(_ point: CrashOrder.Point, _ life: NodeLife, connection: String? = nil) {
    guard let order = armed, order.point == point, life.isAlive else { return }
    if let wanted = order.connection, wanted != connection { return }
    count += 1
    guard count == order.number else { return }
    armed = nil
    hasStruck = true
    strike(point.rawValue)
  }
}
