//! The clock of a case: it begins where the case says and moves with virtual time.
import Simulation
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseClock: ClockPort, @unchecked Sendable {
  private let time: VirtualTime
  private let start: Timestamp
  /// How far the clock on the wall has been set, in milliseconds.
  private var offset: Int64 = 0

  init(_ time: VirtualTime, start: Timestamp) {
    self.time = time
    self.start = start
  }

  /// Since the case began, whatever the clock was set to.
  var elapsed: Int64 { time.milliseconds }
  func now() -> Timestamp { start.adding(milliseconds: time.milliseconds).adding(milliseconds: offset) }
  func sleep(milliseconds: Int64) async { await time.sleep(milliseconds) }
  func set(to moment: Timestamp) { offset = moment.millisecondsSince(start.adding(milliseconds: time.milliseconds)) }
}
