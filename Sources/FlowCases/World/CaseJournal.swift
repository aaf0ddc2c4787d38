//! The journal as the engine of a case reaches it: both sides of each commit are moments at which it may die.
import FlowLoading
import JournalCore
import Simulation

struct CaseJournal: JournalLayer {
  let base: any Journal
  let life: NodeLife
  let crashes: CaseCrashes

  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    let answer = try await work()
    try life.check()
    return answer
  }

  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try life.check()
    return try await work()
  }

  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    try life.check()
    crashes.reach(.beforeAccept, life)
    try life.check()
    let receipts = try await base.append(records)
    crashes.reach(.afterAccept, life)
    try life.check()
    return receipts
  }

  func commit(_ change: RunChange) async throws(JournalError) {
    try life.check()
    crashes.reach(.beforeCommit, life)
    try life.check()
    try await base.commit(change)
    crashes.reach(.afterCommit, life)
    try life.check()
  }

  func close() async {}
}
