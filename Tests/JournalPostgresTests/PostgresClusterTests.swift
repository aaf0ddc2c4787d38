//! The journal in PostgreSQL passes the cases of several nodes, each process with connections of its own.
import JournalConformance
import JournalCore
import JournalPostgres
import PostgresServer
import SwitchboardSDK
import Synchronization
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct PostgresClusterTests {
  @Test(arguments: ClusterCase.all)
  func `the journal in PostgreSQL serves several nodes`(_ conformance: ClusterCase) async throws {
    let stage = PostgresStage(server: try PostgresServer.shared())
    try await conformance.exercise(stage)
    try await stage.end()
  }

  @Test func `a process that has ended does not keep its name`() async throws {
    let stage = PostgresStage(server: try PostgresServer.shared())
    let node = NodeIdentity(name: "one's \\ \"node\"", address: "")
    let first = try await stage.process()
    let number = try await first.join(node, replacing: nil, leaseMilliseconds: 60_000)
    await first.close()
    let second = try await stage.process()
    // The server notices the end of a connection a moment after it.
    let next = try await Self.joined(second, node)
    #expect(next > number)
    #expect(try await second.renew().nodes.map(\.identity) == [node])
    try await stage.end()
  }

  private static func joined(_ store: any ClusterStore, _ node: NodeIdentity) async throws -> NodeNumber {
    for _ in 0..<200 {
      let number = try? await store.join(node, replacing: nil, leaseMilliseconds: 60_000)
      if let number { return number }
    }
    return try await store.join(node, replacing: nil, leaseMilliseconds: 60_000)
  }

  @Test func `a hint comes when a run is handed over`() async throws {
    let stage = PostgresStage(server: try PostgresServer.shared())
    let (reader, writer) = (try await stage.process(), try await stage.process())
    _ = try await reader.join(NodeIdentity(name: "one", address: ""), replacing: nil, leaseMilliseconds: 60_000)
    var hints = reader.hints.makeAsyncIterator()
    // The first says that it listens from now on.
    #expect(await hints.next() != nil)
    let run = NewRun(flow: "desk", version: "v1", label: "", lane: "shop/avito/1", isHandedOver: true)
    _ = try await writer.append([
      IntakeRecord(
        project: "shop", connection: "avito", externalID: "m1", conversation: "shop/avito/1",
        receivedAt: .init(milliseconds: 1), payload: Array("{}".utf8), runs: [run])
    ])
    #expect(await hints.next() != nil)
    try await stage.end()
  }
}

/// Several processes' ways to one schema.
final class PostgresStage: ClusterStage {
  private let server: PostgresServer
  private let schema = PostgresServer.freshSchema()
  private let opened = Mutex<[PostgresJournal]>([])

  init(server: PostgresServer) { self.server = server }

  func process() async throws -> any ClusterStore {
    let journal = try PostgresJournal(url: server.url(schema: schema))
    opened.withLock { $0.append(journal) }
    return journal
  }

  func pass(milliseconds: Int64) async throws {
    try server.run("UPDATE \(schema).nodes SET expires_at = expires_at - \(milliseconds) * interval '1 ms'")
  }

  func end() async throws {
    for journal in opened.withLock({ $0 }) { await journal.close() }
    try server.run("DROP SCHEMA \(schema) CASCADE")
  }
}
