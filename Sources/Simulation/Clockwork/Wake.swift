//! Lets jobs of a simulation wait until something has become so; whoever changes it signals.

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class Wake: @unchecked Sendable {
  private var count = 0
  private var lastNumber = 0
  private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]

  func signal() {
    count += 1
    let woken = waiters.sorted { $0.key < $1.key }
    waiters = [:]
    for (_, waiter) in woken { waiter.resume() }
  }

  /// Returns once the condition holds, or the task is cancelled.
  func wait(until isMet: () -> Bool) async {
    while !Task.isCancelled, !isMet() { await next() }
  }

  private func next() async {
    lastNumber += 1
    let number = lastNumber
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { return continuation.resume() }
        waiters[number] = continuation
      }
    } onCancel: {
      waiters.removeValue(forKey: number)?.resume()
    }
  }
}
