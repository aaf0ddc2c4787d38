//! The journal as one node reaches it: writes wait for the disk, may fail, and come to nothing once the node is dead.
//! What is written is durable in that instant, and known to the node only some jobs later: both sides of each commit
//! are moments at which it may die.
import JournalCore

struct NodeJournal: JournalLayer {
  let base: any Journal
  let life: NodeLife
  let disk: DiskWeather
  let crashes: CrashPlan

  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    await disk.wait()
    crashes.reach(.beforeWrite, life)
    try life.check()
    try disk.refuse()
    let answer = try await work()
    crashes.reach(.afterWrite, life)
    await Task.yield()
    try life.check()
    try disk.loseAnswer()
    return answer
  }

  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    await Task.yield()
    try life.check()
    return try await work()
  }

  func close() async {}
}
