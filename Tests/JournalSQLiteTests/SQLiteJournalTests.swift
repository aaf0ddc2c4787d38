//! The journal in SQLite passes the conformance suite and meets files, disks and deaths of every kind.
import Foundation
import JournalConformance
import JournalCore
import JournalSQLite
import SwitchboardSDK
import Testing

struct SQLiteJournalTests {
  @Test(arguments: ConformanceCase.all)
  func `the journal in SQLite keeps the contract`(_ conformance: ConformanceCase) async throws {
    let folder = try TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.file("journal.db"))
    try await conformance.exercise(journal)
    await journal.close()
  }

  @Test(arguments: PublicationCase.all)
  func `the journal in SQLite keeps publications`(_ conformance: PublicationCase) async throws {
    let folder = try TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.file("journal.db"))
    try await conformance.exercise(journal)
    await journal.close()
  }
}
