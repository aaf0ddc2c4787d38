//! The parts of lanes are stored with runs: the same lane must come to the same part in every later version.
import JournalCore
import Testing

@Suite struct LanePartitionTests {
  @Test func `a lane's part never changes`() {
    #expect(LanePartition.of("") == 225)
    #expect(LanePartition.of("shop/avito/1001") == 79)
    #expect(LanePartition.of("магазин/avito/чат") == 45)
  }

  @Test func `conversations that differ only in their number spread evenly`() {
    var held = [Int](repeating: 0, count: LanePartition.count)
    for chat in 0..<25_600 { held[LanePartition.of("shop/avito/\(1_000_000 + chat)")] += 1 }
    #expect(held.allSatisfy { (50...160).contains($0) }, "\(held.min() ?? 0) to \(held.max() ?? 0)")
  }
}
