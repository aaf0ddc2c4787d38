//! Files that are none, are damaged, belong to others, or come back.
import Foundation
import GRDB
import JournalCore
import JournalSQLite
import SwitchboardSDK
import Testing

struct FileTests {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = folder.file("journal.db")
  }

  private func code(_ path: String) async -> JournalError.Code? {
    do throws(JournalError) {
      await (try SQLiteJournal(path: path)).close()
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `a journal is found again as it was left, and its migrations run once`() async throws {
    for round in 0..<3 {
      let journal = try SQLiteJournal(path: file)
      let receipt = try #require(try await journal.append([Rows.event("m1"), Rows.event("m\(round + 2)")]).first)
      #expect(receipt.isDuplicate == (round > 0))
      #expect(try await journal.counts().events == round + 2)
      await journal.close()
    }
    let version = try await DatabaseQueue(path: file).read {
      try Int.fetchAll($0, sql: "SELECT version FROM schema_version")
    }
    #expect(version == [4])
  }

  @Test func `what was acknowledged is seen by a second opening beside the first`() async throws {
    let first = try SQLiteJournal(path: file)
    _ = try await first.append([Rows.event("m1")])
    let second = try SQLiteJournal(path: file)
    #expect(try await second.append([Rows.event("m1")]).first?.isDuplicate == true)
    await first.close()
    await second.close()
  }

  @Test func `a journal of a newer program is refused and stays as it is`() async throws {
    await (try SQLiteJournal(path: file)).close()
    try await DatabaseQueue(path: file).write { try $0.execute(sql: "UPDATE schema_version SET version = 99") }
    let before = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(await code(file) == .newerSchema)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
  }

  @Test func `a migration that was cut off is taken up again`() async throws {
    try await DatabaseQueue(path: file).write {
      try $0.execute(sql: "CREATE TABLE schema_version (version INTEGER NOT NULL)")
    }
    let journal = try SQLiteJournal(path: file)
    #expect(try await journal.append([Rows.event("m1")]).count == 1)
    await journal.close()
  }

  @Test func `a file that is no database is refused and stays as it is`() async throws {
    let text = Data("switchboard: 1\n".utf8) + Data(repeating: 65, count: 8_192)
    try text.write(to: URL(fileURLWithPath: file))
    #expect(await code(file) == .corrupt)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == text)
  }

  @Test func `somebody else's database is refused and stays as it is`() async throws {
    try await DatabaseQueue(path: file).write { try $0.execute(sql: "CREATE TABLE runs (name TEXT)") }
    #expect(await code(file) == .corrupt)
    let tables = try await DatabaseQueue(path: file).read {
      try String.fetchAll($0, sql: "SELECT name FROM sqlite_master")
    }
    #expect(tables == ["runs"])
  }

  @Test func `damaged pages are told, not met with a crash`() async throws {
    let journal = try SQLiteJournal(path: file)
    for number in 0..<200 { _ = try await journal.append([Rows.event("m\(number)")]) }
    await journal.close()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    for offset in stride(from: 4_096, to: bytes.count, by: 7) { bytes[offset] = 0xFF }
    try bytes.write(to: URL(fileURLWithPath: file))
    #expect(await code(file) == .corrupt)
  }

  @Test func `places where no file can be are told`() async throws {
    #expect(await code(folder.path) == .unavailable)
    #expect(await code(folder.file("missing/journal.db")) == .unavailable)
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file("plain")))
    #expect(await code(folder.file("plain/journal.db")) == .unavailable)
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func `a file that may not be written is told`() async throws {
    await (try SQLiteJournal(path: file)).close()
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file)
    #expect(await code(file) == .readOnly)
  }
}
