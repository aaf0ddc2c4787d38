import JournalCore
import SwitchboardSDK
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

  @Test func `a run whose walk was stopped is read from the journal when it is walked again`() throws {
    let lanes = Lanes()
    lanes.share()
    lanes.open([LanePartition.of("a")])
    let new = NewRun(flow: "f", version: "1", label: "t", lane: "a")
    let event = Event(
      externalID: "e", kind: .message, chat: Chat(id: "c", kind: .private), sender: Sender(id: "c"),
      occurredAt: Timestamp(milliseconds: 0))
    let record = IntakeRecord(
      project: "p", connection: "x", externalID: "e", conversation: "a", receivedAt: Timestamp(milliseconds: 0),
      payload: [], runs: [new])
    let receipt = Receipt(event: 1, isDuplicate: false, runs: [1])
    lanes.enqueue(.fresh(LiveRun(id: 1, receipt: receipt, record: record, run: new, event: event)))
    let hold = try #require(lanes.hold("a"))
    guard case .fresh = lanes.head(of: "a") else { return #expect(Bool(false), "it was not queued") }
    lanes.leave("a", hold, wasStopped: true)
    lanes.enqueue(.stored(0), lane: "a")
    guard case .stored(1) = lanes.head(of: "a") else { return #expect(Bool(false), "what was remembered is walked") }
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
