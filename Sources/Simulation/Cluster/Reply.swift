//! What one who asks another machine waits for: an answer, or the end of his patience.

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class Reply: @unchecked Sendable {
  private var answer: Bool?
  private let given = Wake()

  /// The first one counts; nobody may be listening any more.
  func give(_ isTaken: Bool) {
    guard answer == nil else { return }
    answer = isTaken
    given.signal()
  }

  /// Nil when no answer came in time.
  func wait(milliseconds: Int64, _ time: VirtualTime) async -> Bool? {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.given.wait { self.answer != nil } }
      group.addTask { await time.sleep(milliseconds) }
      await group.next()
      group.cancelAll()
    }
    return answer
  }
}
