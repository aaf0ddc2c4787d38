//! What waits at a polled channel until a poller has taken it: given out again and again from the place that the
//! poller names, and forgotten once it asks for what comes after.
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedInbox: @unchecked Sendable {
  private var batches: [[SourceEvent]] = []
  /// Up to here they were asked past.
  private var confirmed = 0
  /// Up to here some node has taken them in.
  private var taken = 0
  let arrival = Wake()

  func put(_ batch: [SourceEvent]) {
    batches.append(batch)
    arrival.signal()
  }

  func hasNews(after place: Int) -> Bool { max(place, confirmed) < batches.count }

  /// The next batch, and the place after it.
  func fetch(after place: Int) -> (batch: [SourceEvent], next: Int)? {
    confirmed = max(confirmed, min(place, batches.count))
    return confirmed < batches.count ? (batches[confirmed], confirmed + 1) : nil
  }

  /// True when nobody had taken it in before.
  func take(upTo place: Int) -> Bool {
    defer { taken = max(taken, place) }
    return place > taken
  }
}
