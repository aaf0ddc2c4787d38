import JournalCore
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct LanesTests {
  @Test func `a person who is quicker than the parking does not leave the lane parked`() {
    let lanes = Lanes()
    lanes.enqueue(.stored(1), lane: "a")
    #expect(lanes.head(of: "a")?.id == 1)
    lanes.unpark("a")
    #expect(!lanes.park("a"))
    #expect(lanes.head(of: "a")?.id == 1)
    #expect(lanes.park("a"))
    #expect(lanes.head(of: "a") == nil)
  }

  @Test func `a lane found parked at start and mended at once is announced to one task only`() async {
    let lanes = Lanes()
    lanes.enqueue(.stored(1), lane: "a")
    lanes.park("a", at: 1)
    lanes.unpark("a")
    lanes.stop()
    var announced: [String] = []
    for await lane in lanes.ready { announced.append(lane) }
    #expect(announced == ["a"])
  }

  @Test func `two runs that are announced in the wrong order are walked in the journal's`() {
    let lanes = Lanes()
    lanes.enqueue(.stored(2), lane: "a")
    lanes.enqueue(.stored(1), lane: "a")
    #expect(lanes.head(of: "a")?.id == 1)
    lanes.enqueue(.stored(0), lane: "a")
    #expect(lanes.head(of: "a")?.id == 1)
    lanes.advance("a")
    #expect(lanes.head(of: "a")?.id == 0)
    lanes.advance("a")
    #expect(lanes.head(of: "a")?.id == 2)
  }
}
