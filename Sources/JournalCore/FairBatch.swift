//! Which of too many pending writes go into the next transaction: projects take turns with what they receive, so that
//! one project's storm at the door does not hold up another's message, nor the runs under way.

package enum FairBatch {
  /// Writes of runs under way and the like, of which few wait at a time, for each event of a project.
  private static let ownWritesPerTurn = 4

  /// Places of the chosen writes, rising. Those of one project keep their order.
  package static func chosen(from writes: [JournalWrite], max count: Int) -> [Int] {
    guard writes.count > count else { return Array(writes.indices) }
    var order: [String] = []
    var lines: [String: (places: [Int], next: Int)] = [:]
    for (place, write) in writes.enumerated() {
      let project = if case .append(let records) = write { records.first?.project ?? "" } else { "" }
      if lines[project] == nil { order.append(project) }
      lines[project, default: ([], 0)].places.append(place)
    }
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    while chosen.count < count {
      for project in order {
        for _ in 0..<(project.isEmpty ? ownWritesPerTurn : 1) where chosen.count < count {
          guard let line = lines[project], line.next < line.places.count else { break }
          chosen.append(line.places[line.next])
          lines[project]?.next += 1
        }
      }
    }
    return chosen.sorted()
  }
}
