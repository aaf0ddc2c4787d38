//! For answers that somebody waits for: what has not come by then is done without.

enum Deadline {
  /// Nil when `work` takes longer; it is cancelled then. Counts the machine's time, as the one who waits does.
  static func within<Answer: Sendable>(
    milliseconds: Int64, _ work: @escaping @Sendable () async -> Answer?
  ) async -> Answer? {
    await withTaskGroup(of: Answer?.self) { group in
      group.addTask { await work() }
      group.addTask {
        try? await Task.sleep(for: .milliseconds(milliseconds))
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
