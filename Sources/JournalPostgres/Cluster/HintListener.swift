//! Hears what other nodes notify (`LISTEN`). A hint only: what is missed while the line is down is found by looking.
internal import Dispatch
internal import JournalCore
internal import Synchronization

/// `@unchecked Sendable`: `session` is touched on `queue` only, which is serial; all else is behind the mutex.
final class HintListener: @unchecked Sendable {
  let hints: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let state = Mutex((isListening: false, isClosed: false))
  private let queue = DispatchQueue(label: "switchboard.journal.hints", qos: .userInitiated)
  private let session: PostgresSession
  private let schema: String
  /// One look at whether the journal was closed meanwhile.
  private static let waitMilliseconds = 500

  init(_ address: PostgresAddress, name: String, settings: PostgresSettings) {
    schema = address.schema
    session = PostgresSession(address, role: .listener, name: name + " hints", settings: settings)
    (hints, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Listens from now on; further calls change nothing.
  func start() {
    let isFirst = state.withLock { state in
      defer { state.isListening = true }
      return !state.isListening && !state.isClosed
    }
    if isFirst { queue.async { self.listen() } }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    continuation.finish()
  }

  private func listen() {
    while !state.withLock({ $0.isClosed }) {
      do throws(PostgresFailure) {
        let isNew = !session.isConnected
        try session.use { connection throws(PostgresFailure) in
          if isNew { try connection.run("LISTEN \(ClusterLine.channel(self.schema))") }
          if try !connection.notifications(waitingMilliseconds: Self.waitMilliseconds).isEmpty || isNew {
            continuation.yield()
          }
        }
      } catch {
        session.drop()
        DispatchSemaphore(value: 0).waitBriefly(milliseconds: 1_000)
      }
    }
    session.drop()
  }
}

extension DispatchSemaphore {
  /// A pause of this thread, which is not one of Swift's.
  fileprivate func waitBriefly(milliseconds: Int) { _ = wait(timeout: .now() + .milliseconds(milliseconds)) }
}
