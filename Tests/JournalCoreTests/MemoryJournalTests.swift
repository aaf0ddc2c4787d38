//! The journal in memory passes the conformance suite, and loses in a crash exactly what nobody was promised.
import JournalConformance
import JournalCore
import SwitchboardSDK
import Testing

struct MemoryJournalTests {
  @Test(arguments: ConformanceCase.all)
  func `the journal in memory keeps the contract`(_ conformance: ConformanceCase) async throws {
    try await conformance.exercise(MemoryJournal())
  }

  @Test(arguments: PublicationCase.all)
  func `the journal in memory keeps publications`(_ conformance: PublicationCase) async throws {
    try await conformance.exercise(MemoryJournal())
  }

  @Test func `a crash keeps what was acknowledged and closes the dead process's journal`() async throws {
    let journal = MemoryJournal()
    let run = try #require(try await journal.append([Self.event]).first?.runs.first)
    try await journal.commit(RunChange(run: run, status: .waiting, state: [1], at: Timestamp(milliseconds: 2)))
    let next = journal.crashed()
    #expect(try await next.run(run)?.state == [1])
    #expect(try await next.append([Self.event]).first?.isDuplicate == true)
    await #expect(throws: JournalError.self) { try await journal.append([Self.event]) }
  }

  @Test func `a write that the disk refuses leaves nothing`() async throws {
    let refusal = JournalError(.full, "no space")
    let hooks = MemoryJournal.Hooks(beforeCommit: { () async throws(JournalError) in throw refusal })
    let journal = MemoryJournal(hooks: hooks)
    await #expect(throws: refusal) { try await journal.append([Self.event]) }
    #expect(try await journal.crashed().counts() == JournalCounts())
  }

  @Test func `without a sync a crash loses what was acknowledged`() async throws {
    let journal = MemoryJournal(durability: .lazy)
    _ = try await journal.append([Self.event])
    journal.synchronise()
    _ = try await journal.append([Self.second])
    #expect(try await journal.counts().events == 2)
    #expect(try await journal.crashed().counts().events == 1)
  }

  private static let event = IntakeRecord(
    project: "shop", connection: "avito", externalID: "m1", conversation: "shop/avito/c1",
    receivedAt: Timestamp(milliseconds: 1), payload: [],
    runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "shop/avito/c1")])

  private static var second: IntakeRecord {
    var record = event
    record.externalID = "m2"
    return record
  }
}
