//! The journal in memory passes the cases of several nodes, on a clock that the test moves.
import JournalConformance
import JournalCore
import SwitchboardSDK
import Synchronization
import Testing

struct MemoryClusterTests {
  @Test(arguments: ClusterCase.all)
  func `the journal in memory serves several nodes`(_ conformance: ClusterCase) async throws {
    try await conformance.exercise(MemoryStage())
  }

  @Test func `a process that was killed does not keep its name, one that hangs does`() async throws {
    let stage = MemoryStage()
    let node = NodeIdentity(name: "one", address: "")
    let killed = stage.journal.sibling()
    let hanging = try await killed.join(node, replacing: nil, leaseMilliseconds: 8_000)
    let next = stage.journal.sibling()
    await #expect(throws: JournalError.self) {
      _ = try await next.join(node, replacing: nil, leaseMilliseconds: 8_000)
    }
    killed.died()
    #expect(try await next.join(node, replacing: nil, leaseMilliseconds: 8_000) > hanging)
    #expect(try await next.renew().nodes.count == 1)
  }

  @Test func `a hint comes when a run is handed over`() async throws {
    let stage = MemoryStage()
    let reader = stage.journal.sibling()
    let run = NewRun(flow: "desk", version: "v1", label: "", lane: "shop/avito/1", isHandedOver: true)
    _ = try await stage.journal.append([
      IntakeRecord(
        project: "shop", connection: "avito", externalID: "m1", conversation: "shop/avito/1",
        receivedAt: Timestamp(milliseconds: 1), payload: [], runs: [run])
    ])
    var hints = reader.hints.makeAsyncIterator()
    #expect(await hints.next() != nil)
  }
}

/// Several handles over one store in memory.
struct MemoryStage: ClusterStage {
  let journal: MemoryJournal
  private let clock: StoreClock

  init() {
    let clock = StoreClock()
    self.clock = clock
    journal = MemoryJournal(clock: { clock.now })
  }

  func process() async throws -> any ClusterStore { journal.sibling() }
  func pass(milliseconds: Int64) async throws { clock.pass(milliseconds) }
}

final class StoreClock: Sendable {
  private let milliseconds = Mutex<Int64>(1_000)
  var now: Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }
  func pass(_ more: Int64) { milliseconds.withLock { $0 += more } }
}
