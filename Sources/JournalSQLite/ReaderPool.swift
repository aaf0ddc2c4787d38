//! Connections for reading. In WAL mode a reader never waits for the writer and sees everything that was committed
//! before its statement began, thus everything that was acknowledged.
internal import JournalCore
internal import Synchronization

/// A question is answered on the caller's own thread: rows come from memory in a few microseconds, less than a
/// hop to another thread and back. There are as many readers as threads have ever asked at once.
final class ReaderPool: Sendable {
  /// `@unchecked Sendable`: taken out of `idle` under the mutex by one caller, used by that caller alone, put back
  /// under the mutex.
  private final class Reader: @unchecked Sendable {
    private let tables: TableReader
    private let connection: Connection

    func answer<Answer>(
      _ question: (TableReader) throws(SQLiteFailure) -> Answer
    ) throws(SQLiteFailure) -> Answer {
      let answer: Result<Answer, SQLiteFailure> = connection.withTurn {
        do throws(SQLiteFailure) { return .success(try question(tables)) } catch { return .failure(error) }
      }
      return try answer.get()
    }

    init(path: String) throws(SQLiteFailure) {
      connection = try Connection(path: path, role: .reader)
      tables = try TableReader(connection)
    }
  }

  private struct Contents {
    var idle: [Reader] = []
    var isClosed = false
  }

  private let path: String
  private let contents = Mutex(Contents())

  init(path: String) throws(SQLiteFailure) {
    self.path = path
    let first = try Reader(path: path)
    contents.withLock { $0.idle.append(first) }
  }

  func read<Answer>(
    _ question: (TableReader) throws(SQLiteFailure) -> Answer
  ) throws(JournalError) -> Answer {
    let (idle, isClosed) = contents.withLock { contents in (contents.idle.popLast(), contents.isClosed) }
    guard !isClosed else { throw JournalError(.unavailable, "the journal is closed") }
    do throws(SQLiteFailure) {
      let reader: Reader
      if let idle { reader = idle } else { reader = try Reader(path: path) }
      defer { contents.withLock { if !$0.isClosed { $0.idle.append(reader) } } }
      return try reader.answer(question)
    } catch {
      throw error.journalError
    }
  }

  /// Readers in use close when they are done.
  func close() {
    let idle = contents.withLock { contents in
      contents.isClosed = true
      defer { contents.idle = [] }
      return contents.idle
    }
    _ = idle
  }
}
