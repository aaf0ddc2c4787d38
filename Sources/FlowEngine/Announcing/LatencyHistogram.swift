//! How long events of a project took from their arrival to the end of a run that delivered something.

package struct LatencyHistogram: Sendable, Hashable {
  /// Upper bounds in milliseconds; above the last there is one more bucket.
  package static let bounds: [Int64] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000]

  /// Of each bucket alone, one more than bounds.
  package private(set) var counts = Array(repeating: 0, count: bounds.count + 1)
  package private(set) var sumMilliseconds: Int64 = 0

  package init() {}

  package mutating func add(milliseconds: Int64) {
    let bounded = max(0, milliseconds)
    counts[Self.bounds.firstIndex { bounded <= $0 } ?? Self.bounds.count] += 1
    sumMilliseconds &+= bounded
  }
}
