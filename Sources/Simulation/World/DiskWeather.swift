//! How the simulated disk does: usually well; sometimes slow, full, away, or silent after the deed.
import JournalCore

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class DiskWeather: @unchecked Sendable {
  private let chance: Chance
  private let time: VirtualTime
  private let plan: SimulationPlan
  private var isCalm = false
  private var troubleUntil: Int64 = 0
  private var trouble = JournalError.Code.unavailable

  init(chance: Chance, time: VirtualTime, plan: SimulationPlan) {
    self.chance = chance
    self.time = time
    self.plan = plan
  }

  func calm() { isCalm = true }

  /// For a while every write is refused.
  func begin(_ code: JournalError.Code, milliseconds: Int64) {
    trouble = code
    troubleUntil = time.milliseconds + milliseconds
  }

  func hasBeenWell(since moment: Int64) -> Bool { troubleUntil < moment }

  /// Before a write reaches the disk.
  func wait() async {
    if !isCalm, chance.percent(plan.slowWritePercent) {
      await time.sleep(chance.milliseconds(1...400))
    } else {
      await Task.yield()
    }
  }

  func refuse() throws(JournalError) {
    guard !isCalm, time.milliseconds < troubleUntil else { return }
    throw JournalError(trouble, "simulated")
  }

  /// The write is durable, but the connection to the store breaks before it says so (PostgreSQL does that).
  func loseAnswer() throws(JournalError) {
    guard !isCalm, chance.permille(plan.lostWriteAnswerPermille) else { return }
    throw JournalError(.unavailable, "simulated: no answer to the commit")
  }
}
