//! What one load run saw, for the figures.

struct LoadResult: Sendable {
  var answered = 0
  var refused = 0
  /// From the first request to the last answer.
  var seconds = 0.0
  /// Processor time of the generator's thread.
  var processorSeconds = 0.0
  /// Nanoseconds from the scheduled (open loop) or actual (closed loop) send to the answer, sorted.
  var latencies: [Int64] = []

  var rate: Double { seconds > 0 ? Double(answered) / seconds : 0 }
}

/// Latencies by rank.
enum Percentile {
  /// Of sorted nanoseconds, in milliseconds; 0 when there are none.
  static func milliseconds(_ sorted: [Int64], _ percent: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    let rank = Int(exactly: (Double(sorted.count - 1) * percent / 100).rounded()) ?? 0
    return Double(sorted[rank]) / 1_000_000
  }
}
