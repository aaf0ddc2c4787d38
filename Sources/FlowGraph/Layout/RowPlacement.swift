//! Gives each place in a row its horizontal middle: as near as possible to what it is joined to, without touching
//! its neighbours. Units are the drawer's: characters or points.

struct RowPlacement {
  /// Middle of each slot, by row.
  private(set) var centres: [[Int]]
  /// The width that all of it takes.
  private(set) var width = 0

  init(_ layout: LayeredLayout, gap: Int, width slotWidth: (LayeredLayout.Slot) -> Int) {
    let widths = layout.rows.map { $0.map(slotWidth) }
    centres = widths.map { row in
      var left = 0
      return row.map { width in
        defer { left += width + gap }
        return left + width / 2
      }
    }
    for _ in 0..<6 {
      for row in layout.rows.indices.dropFirst() {
        pull(row, to: layout.segments[row - 1].map { ($0.lower, centres[row - 1][$0.upper]) }, widths[row], gap)
      }
      for row in layout.rows.indices.dropLast().reversed() {
        pull(row, to: layout.segments[row].map { ($0.upper, centres[row + 1][$0.lower]) }, widths[row], gap)
      }
    }
    let left = zip(centres, widths).flatMap { zip($0, $1).map { $0 - $1 / 2 } }.min() ?? 0
    centres = centres.map { $0.map { $0 - left } }
    width = zip(centres, widths).flatMap { zip($0, $1).map { $0 + ($1 + 1) / 2 } }.max() ?? 0
  }

  /// Moves each slot towards the mean of its neighbours in another row; then the row is pushed apart from its middle.
  private mutating func pull(_ row: Int, to neighbours: [(slot: Int, centre: Int)], _ widths: [Int], _ gap: Int) {
    var wanted = centres[row]
    for slot in wanted.indices {
      let places = neighbours.filter { $0.slot == slot }.map(\.centre)
      if !places.isEmpty { wanted[slot] = places.reduce(0, +) / places.count }
    }
    func distance(_ left: Int) -> Int { (widths[left] + widths[left + 1] + 1) / 2 + gap }
    // The mean of both one-sided solutions keeps every distance, because each of them does.
    var fromLeft = wanted
    for slot in fromLeft.indices.dropFirst() {
      fromLeft[slot] = max(wanted[slot], fromLeft[slot - 1] + distance(slot - 1))
    }
    var fromRight = wanted
    for slot in fromRight.indices.dropLast().reversed() {
      fromRight[slot] = min(wanted[slot], fromRight[slot + 1] - distance(slot))
    }
    var placed = zip(fromLeft, fromRight).map { ($0 + $1) >> 1 }
    for slot in placed.indices.dropFirst() { placed[slot] = max(placed[slot], placed[slot - 1] + distance(slot - 1)) }
    centres[row] = placed
  }
}
