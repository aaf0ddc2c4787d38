import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// What a node remembers of a conversation that another node may change in another lane.
@Suite(.timeLimit(.minutes(1))) struct ConversationBookTests {
  private static let key = "shop/avito/c1"

  private func flows(scattering: Bool) -> FlowBook {
    var flow = DemoLikeFlow.desk()
    if scattering { flow.lane = .expression(.path(["event", "external_id"])) }
    let flows = FlowBook()
    flows.publish([flow], project: "shop")
    return flows
  }

  /// One of two nodes, which holds the conversation's own partition and all others but one.
  private func ownership() async -> LaneOwnership {
    let ownership = LaneOwnership(sharing: Lanes(), monotonicMilliseconds: { 0 })
    var held = Set(0..<LanePartition.count)
    held.remove((LanePartition.of(Self.key) + 1) % LanePartition.count)
    await ownership.fill(held)
    ownership.filled(held)
    return ownership
  }

  /// Another node's commit.
  private func rename(_ name: String, in journal: MemoryJournal) async throws {
    let receipt = try await journal.append([
      IntakeRecord(
        project: "shop", connection: "avito", externalID: name, conversation: Self.key,
        receivedAt: Timestamp(milliseconds: 1), payload: [],
        runs: [NewRun(flow: "desk", version: "v1", label: "", lane: "shop/desk/x")])
    ])[0]
    let change = ConversationChange(key: Self.key, project: "shop", connection: "avito", chat: "c1", name: name)
    try await journal.commit(
      RunChange(run: receipt.runs[0], status: .done, at: Timestamp(milliseconds: 2), conversation: change))
  }

  private func names(scattering: Bool) async throws -> [String] {
    let journal = MemoryJournal()
    let book = ConversationBook(
      journal: journal, ownership: await ownership(), flows: flows(scattering: scattering))
    var names: [String] = []
    for name in ["Анна", "Анна Петрова", "А. П."] {
      try await rename(name, in: journal)
      names.append(
        try await book.snapshot(Self.key, project: "shop", connection: "avito", chat: "c1").name)
    }
    return names
  }

  @Test func `with lanes of their own, flows see what another node has just committed`() async throws {
    #expect(try await names(scattering: true) == ["Анна", "Анна Петрова", "А. П."])
  }

  @Test func `where only the lane's holder changes a conversation, it is read once`() async throws {
    #expect(try await names(scattering: false) == ["Анна", "Анна", "Анна"])
  }
}
