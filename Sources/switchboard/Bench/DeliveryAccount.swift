//! What arrived at the benchmark's far end: how often each message, in which order, how long after it was due.

/// One message as it arrived.
struct Arrival: Sendable {
  var number: Int
  /// The topic it arrived in.
  var thread: Int
  var nanosecondsSinceDue: Int64
}

struct DeliveryAccount: Sendable {
  /// Arrivals, repeated ones included.
  private(set) var delivered = 0
  private(set) var repeated = 0
  /// Arrivals behind a later message of the same topic.
  private(set) var outOfOrder = 0
  private(set) var firstAt: Int64 = 0
  private(set) var lastAt: Int64 = 0
  private var latencies: [(number: Int, nanoseconds: Int64)] = []
  private var seen: Set<Int> = []
  private var lastByThread: [Int: Int] = [:]

  mutating func note(_ arrival: Arrival) {
    delivered += 1
    lastAt = BenchThread.now()
    if delivered == 1 { firstAt = lastAt }
    latencies.append((arrival.number, arrival.nanosecondsSinceDue))
    if !seen.insert(arrival.number).inserted { repeated += 1 }
    if arrival.number < lastByThread[arrival.thread] ?? -1 { outOfOrder += 1 }
    lastByThread[arrival.thread] = arrival.number
  }

  /// Different messages.
  var distinct: Int { seen.count }
  /// Sorted nanoseconds from the moment each message was due to its arrival.
  var sortedLatencies: [Int64] { latencies.map(\.nanoseconds).sorted() }

  func latencies(ofNumbersBelow limit: Int) -> [Int64] {
    latencies.filter { $0.number < limit }.map(\.nanoseconds).sorted()
  }
}
