//! What one load run saw, for the figures.

struct LoadResult: Sendable {
  var answered: Int
  var refused: Int
  var seconds: Double
  /// Nanoseconds from the scheduled (open loop) or actual (closed loop) send to the answer, sorted.
  var latencies: [Int64]

  var rate: Double { seconds > 0 ? Double(answered) / seconds : 0 }

  func latencyMilliseconds(percentile: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    let rank = Int(exactly: (Double(latencies.count - 1) * percentile / 100).rounded()) ?? 0
    return Double(latencies[rank]) / 1_000_000
  }
}
