import JournalCore
import SwitchboardSDK
import Testing

@Suite struct FairBatchTests {
  private static func event(_ project: String, _ number: Int) -> JournalWrite {
    .append([
      IntakeRecord(
        project: project, connection: "c", externalID: "\(number)", conversation: "k",
        receivedAt: Timestamp(milliseconds: 0), payload: [], runs: [])
    ])
  }

  @Test func `a storm of one project leaves the others their share of each transaction`() {
    var writes = (0..<1_000).map { Self.event("loud", $0) }
    writes += (0..<20).map { Self.event("calm", $0) }
    writes += (0..<10).map { .commit(RunChange(run: RunID($0), status: .done, at: Timestamp(milliseconds: 0))) }
    let chosen = FairBatch.chosen(from: writes, max: 100)
    #expect(chosen.count == 100 && chosen == chosen.sorted())
    #expect(chosen.count { $0 >= 1_000 && $0 < 1_020 } == 20)
    #expect(chosen.count { $0 >= 1_020 } == 10)
    // Each project's in its own order.
    #expect(chosen.filter { $0 < 1_000 } == Array(0..<70))
  }

  @Test func `what fits goes as it came`() {
    #expect(FairBatch.chosen(from: [Self.event("b", 0), Self.event("a", 1)], max: 2) == [0, 1])
    #expect(FairBatch.chosen(from: [], max: 2) == [])
  }
}
