//! Where a server came to listen, told to whoever waits for it: port 0 is chosen by the system.

internal import Synchronization

package final class BoundAddress: Sendable {
  private enum State {
    case waiting([AsyncStream<Void>.Continuation])
    case bound(port: Int)
    case failed(String)
  }

  private let state = Mutex<State>(.waiting([]))

  package init() {}

  /// The TCP port, as soon as the server listens. Throws when it could not listen or the task is cancelled.
  package func port() async throws(RequestError) -> Int {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    let isSettled = state.withLock { state in
      guard case .waiting(var waiters) = state else { return true }
      waiters.append(continuation)
      state = .waiting(waiters)
      return false
    }
    if !isSettled { for await _ in stream {} }
    switch state.withLock({ $0 }) {
    case .bound(let port): return port
    case .failed(let detail): throw RequestError(detail)
    case .waiting: throw RequestError("cancelled while waiting for the server")
    }
  }

  func bind(port: Int) { settle(.bound(port: port)) }

  func fail(_ detail: String) { settle(.failed(detail)) }

  private func settle(_ outcome: State) {
    let waiters = state.withLock { state in
      guard case .waiting(let waiters) = state else { return [AsyncStream<Void>.Continuation]() }
      state = outcome
      return waiters
    }
    for waiter in waiters { waiter.finish() }
  }
}
