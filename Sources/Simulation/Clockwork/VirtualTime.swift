//! Time that moves only when nothing is left to do at the present moment: then it leaps to the next sleeper.
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
package final class VirtualTime: @unchecked Sendable {
  private struct Sleep {
    var until: Int64
    var number: Int
  }

  /// Since the start; never goes back.
  package private(set) var milliseconds: Int64 = 0
  private var lastNumber = 0
  /// A binary heap, earliest first; those whose sleeper is gone are passed over.
  private var heap: [Sleep] = []
  private var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]

  package init() {}

  package func sleep(_ duration: Int64) async {
    guard duration > 0 else { return }
    lastNumber += 1
    let number = lastNumber
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { return continuation.resume() }
        sleepers[number] = continuation
        push(Sleep(until: milliseconds + duration, number: number))
      }
    } onCancel: {
      sleepers.removeValue(forKey: number)?.resume()
    }
  }

  /// Wakes those who sleep until the next moment. False when nobody sleeps.
  package func advance() -> Bool {
    var woken = false
    while let next = heap.first, !woken || next.until <= milliseconds {
      _ = pop()
      guard let sleeper = sleepers.removeValue(forKey: next.number) else { continue }
      milliseconds = max(milliseconds, next.until)
      woken = true
      sleeper.resume()
    }
    return woken
  }

  /// When the next sleeper wakes; nil when nobody sleeps.
  package var nextMoment: Int64? {
    while let next = heap.first, sleepers[next.number] == nil { _ = pop() }
    return heap.first?.until
  }

  /// Goes on to a moment before which nobody wakes.
  package func leap(to moment: Int64) { milliseconds = max(milliseconds, min(moment, nextMoment ?? moment)) }

  private func push(_ sleep: Sleep) {
    heap.append(sleep)
    var at = heap.count - 1
    while at > 0, Self.precedes(heap[at], heap[(at - 1) / 2]) {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  private func pop() -> Sleep? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var at = 0
    while true {
      let left = 2 * at + 1
      guard left < heap.count else { return first }
      let child = left + 1 < heap.count && Self.precedes(heap[left + 1], heap[left]) ? left + 1 : left
      guard Self.precedes(heap[child], heap[at]) else { return first }
      heap.swapAt(child, at)
      at = child
    }
  }

  private static func precedes(_ left: Sleep, _ right: Sleep) -> Bool {
    (left.until, left.number) < (right.until, right.number)
  }
}

/// The clock of one machine: its wall clock can be set, its sleeps do not notice.
// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class MachineClock: ClockPort, @unchecked Sendable {
  private static let start = Timestamp(seconds: 1_800_000_000)
  private let time: VirtualTime
  /// How far the wall clock is off, in milliseconds.
  private(set) var offset: Int64 = 0

  init(_ time: VirtualTime, offset: Int64 = 0) {
    self.time = time
    self.offset = offset
  }

  func now() -> Timestamp { Self.start.adding(milliseconds: time.milliseconds + offset) }
  func sleep(milliseconds: Int64) async { await time.sleep(milliseconds) }
  func set(by milliseconds: Int64) { offset += milliseconds }
}
