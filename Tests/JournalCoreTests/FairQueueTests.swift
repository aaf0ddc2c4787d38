import JournalCore
import SwitchboardSDK
import Testing

@Suite struct FairQueueTests {
  private static func event(_ project: String, _ number: Int, bytes: Int = 0) -> JournalWrite {
    .append([
      IntakeRecord(
        project: project, connection: "c", externalID: "\(number)", conversation: "k",
        receivedAt: Timestamp(milliseconds: 0), payload: Array(repeating: 0x20, count: bytes), runs: [])
    ])
  }

  private static func commit(_ project: String, _ number: Int) -> JournalWrite {
    .commit(RunChange(run: RunID(number), status: .done, at: Timestamp(milliseconds: 0), project: project))
  }

  @Test func `a storm of one project leaves another's event and commit a place in the next transaction`() {
    var queue = FairQueue<String>()
    for number in 0..<1_000 { queue.add(Self.event("loud", number), "loud \(number)") }
    queue.add(Self.event("calm", 0), "calm event")
    queue.add(Self.commit("calm", 1), "calm commit")
    let taken = queue.take()
    #expect(taken.writes.count == FairQueue<String>.writesMaxOfMany && taken.callers.count == taken.writes.count)
    #expect(taken.callers.filter { $0.hasPrefix("calm") } == ["calm event", "calm commit"])
    // Each project's in its own order.
    #expect(taken.callers.filter { $0.hasPrefix("loud") } == (0..<taken.writes.count - 2).map { "loud \($0)" })
    #expect(queue.count == 1_002 - taken.writes.count)
  }

  @Test func `a project alone fills its transactions, and again once the other has been silent for long`() {
    var queue = FairQueue<Int>()
    for number in 0..<300 { queue.add(Self.event("a", number), number) }
    #expect(queue.take().callers == Array(0..<256))
    #expect(queue.take().callers == Array(256..<300))
    queue.add(Self.event("b", 0), 0)
    #expect(queue.take().callers == [0] && queue.isShared)
    for round in 0..<300 {
      queue.add(Self.event("a", round), round)
      #expect(queue.take().callers == [round])
    }
    #expect(!queue.isShared)
    for number in 0..<300 { queue.add(Self.event("a", number), number) }
    #expect(queue.take().callers.count == 256)
  }

  @Test func `every write is taken once, whatever comes between`() {
    var queue = FairQueue<Int>()
    var taken: [Int] = []
    for round in 0..<200 {
      for number in 0..<40 { queue.add(Self.event("p\(number % (1 + round % 4))", number), round * 40 + number) }
      taken += queue.take().callers
    }
    while queue.count > 0 { taken += queue.take().callers }
    #expect(taken.sorted() == Array(0..<8_000))
    #expect(queue.take().writes.isEmpty)
  }

  @Test func `large payloads go in smaller company, a single one always`() {
    var queue = FairQueue<Int>()
    for number in 0..<4 { queue.add(Self.event("a", number, bytes: 1_000), number) }
    #expect(queue.take(bytesMax: 100).callers == [0])
    #expect(queue.take(bytesMax: 3_000).callers == [1, 2])
    queue.add(Self.event("b", 4, bytes: 1_000), 4)
    queue.add(Self.event("b", 5, bytes: 1_000), 5)
    #expect(queue.take(bytesMax: 3_000).callers.count == 2)
    #expect(queue.removeAll().count == 1 && queue.count == 0)
  }
}
