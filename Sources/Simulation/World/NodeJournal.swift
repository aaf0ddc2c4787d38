//! The journal as one node reaches it: writes wait for the disk, may fail, and come to nothing once the node is dead.
//! What is written is durable in that instant, and known to the node only some jobs later: both sides of each commit
//! are moments at which it may die, or hang.
import JournalCore
import SwitchboardSDK

struct NodeJournal: ClusterLayer {
  let store: any ClusterStore
  let life: NodeLife
  let disk: DiskWeather
  let crashes: CrashPlan
  let witness: Witness
  /// Nil for the only node of a world, whose journal is its own file.
  var link: NodeLink?
  var hasHints = true

  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    await disk.wait()
    crashes.reach(.beforeWrite, life)
    try life.check()
    if let link {
      // A machine that hangs does so here as well: it asks when it goes on.
      await Task.yield()
      try await link.pass()
      try life.check()
    }
    try disk.refuse()
    let answer = try await work()
    witness.landed(by: life)
    crashes.reach(.afterWrite, life)
    await Task.yield()
    try life.check()
    try await link?.pass()
    try disk.loseAnswer()
    return answer
  }

  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    await Task.yield()
    try await link?.pass()
    try life.check()
    return try await work()
  }

  func close() async {}

  var hints: AsyncStream<Void> {
    if hasHints { return store.hints }
    return AsyncStream { $0.finish() }
  }

  // MARK: Being a node

  func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber {
    try await write { () async throws(JournalError) in
      let number = try await store.join(node, replacing: previous, leaseMilliseconds: leaseMilliseconds)
      witness.joined(number, life, replacing: previous, leaseMilliseconds: leaseMilliseconds)
      return number
    }
  }

  func renew() async throws(JournalError) -> ClusterView {
    try await write { () async throws(JournalError) in
      let view = try await store.renew()
      witness.renewed(by: life)
      return view
    }
  }

  func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource] {
    try await write { () async throws(JournalError) in
      let taken = try await store.take(resources)
      witness.took(taken, life)
      return taken
    }
  }

  func release(_ resources: [LeasedResource]) async throws(JournalError) {
    try await write { () async throws(JournalError) in
      try await store.release(resources)
      witness.released(resources, life)
    }
  }

  func leave() async throws(JournalError) {
    try await write { () async throws(JournalError) in
      try await store.leave()
      witness.left(life)
    }
  }
}
