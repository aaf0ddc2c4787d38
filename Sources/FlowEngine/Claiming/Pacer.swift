//! Room 5, Claiming: when a call's turn has come. Before a call is noted as `sending` it waits here for its channel's
//! limits, so that a crash meanwhile leaves nothing unknown. One pacer for all lanes, since they share bots and groups.
import FlowModel
import JournalCore
import SwitchboardSDK
import Synchronization

/// The right to make one call; to be given back with `end`.
struct PaceTurn: Sendable {
  var connection: String
  /// The chat it counts in; empty for none.
  var chat: String
}

package final class Pacer: Sendable {
  private struct State {
    var lines: [String: PacedLine] = [:]
    var facts: [String: ConnectionFacts] = [:]
    var nodes = 1
    var continuations: [PacedLine.Waiter: CheckedContinuation<Bool, Never>] = [:]
    var lastWaiter = 0
    /// Cancelled before they came to wait.
    var cancelled: Set<PacedLine.Waiter> = []
    var isStopping = false
  }
  private let state = Mutex(State())
  private let clock: any ClockPort
  private let alarm = Alarm()

  init(clock: any ClockPort) { self.clock = clock }

  /// The connections of a project, with the limits that hold from now on.
  func publish(_ places: [String: ConnectionFacts]) {
    state.withLock { state in
      for (name, facts) in places {
        state.facts[name] = facts
        state.lines[name, default: PacedLine()].set(
          facts.pacing, inFlightMax: facts.capabilities.concurrentActionsMax, nodes: state.nodes)
      }
    }
    alarm.ring()
  }

  /// So many nodes share the connections' limits: each of them keeps to its part.
  package func divide(among nodes: Int) {
    state.withLock { state in
      guard state.nodes != nodes else { return }
      state.nodes = nodes
      for (name, facts) in state.facts {
        state.lines[name]?.set(facts.pacing, inFlightMax: facts.capabilities.concurrentActionsMax, nodes: nodes)
      }
    }
    alarm.ring()
  }

  /// How many nodes share the limits.
  package var nodes: Int { state.withLock { $0.nodes } }

  /// Calls that wait for their turn now.
  package var waiting: Int { state.withLock { $0.lines.values.reduce(0) { $0 + $1.waiting } } }

  /// A turn without waiting, or nil.
  func turnAtOnce(for action: Action, on connection: String) -> PaceTurn? {
    let now = clock.now()
    return state.withLock { state in
      let chat = Self.chat(of: action, on: connection, &state)
      guard state.lines[connection]?.take(chat, now: now) == true else { return nil }
      return PaceTurn(connection: connection, chat: chat)
    }
  }

  /// Waits for a turn; nil when the engine stops or the task is cancelled before it comes.
  func turn(for action: Action, on connection: String) async -> PaceTurn? {
    let (waiter, chat) = state.withLock { state in
      state.lastWaiter += 1
      return (state.lastWaiter, Self.chat(of: action, on: connection, &state))
    }
    let isGranted = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isRefused = state.withLock { state in
          guard !state.isStopping, state.cancelled.remove(waiter) == nil else { return true }
          state.continuations[waiter] = continuation
          state.lines[connection]?.queue(waiter, for: chat, now: clock.now())
          return false
        }
        if isRefused { continuation.resume(returning: false) } else { grant(on: connection) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.lines[connection]?.remove(waiter, from: chat)
        let continuation = state.continuations.removeValue(forKey: waiter)
        if continuation == nil { state.cancelled.insert(waiter) }
        return continuation
      }
      continuation?.resume(returning: false)
    }
    // Where the cancellation came after the grant, its mark is still there.
    if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(waiter) } }
    return isGranted ? PaceTurn(connection: connection, chat: chat) : nil
  }

  /// Gives a turn back, after its call or (`wasMade` false) without one.
  func end(_ turn: PaceTurn, wasMade: Bool) {
    let now = wasMade ? clock.now() : nil
    let hasWaiting = state.withLock { state in
      state.lines[turn.connection]?.finish(turn.chat, at: now)
      return (state.lines[turn.connection]?.waiting ?? 0) > 0
    }
    if hasWaiting { grant(on: turn.connection) }
  }

  /// Gives a turn back whose call failed. Where the channel said «retry after», its chat or connection is closed
  /// before anybody else gets the place.
  func end(_ turn: PaceTurn, after error: ActionError) {
    if error.code == .rateLimited {
      let now = clock.now()
      let until = now.adding(milliseconds: max(error.retryAfterMilliseconds ?? 1_000, 1))
      state.withLock {
        $0.lines[turn.connection]?.close(turn.chat, isWhole: error.isForWholeConnection, from: now, until: until)
      }
    }
    end(turn, wasMade: true)
  }

  /// Gives turns as their time comes.
  func run() async {
    while !Task.isCancelled, !state.withLock({ $0.isStopping }) {
      let moments = state.withLock { $0.lines.keys.sorted() }.compactMap { release(on: $0) }
      await alarm.wait(until: moments.min(), clock: clock)
    }
  }

  /// Whoever waits goes without a turn: what it wanted to call is in the journal.
  func stop() {
    let waiting = state.withLock { state in
      state.isStopping = true
      defer { state.continuations = [:] }
      return state.continuations.sorted { $0.key < $1.key }.map(\.value)
    }
    for continuation in waiting { continuation.resume(returning: false) }
    alarm.ring()
  }

  /// A connection that no project declares any more has no limits; its calls fail by themselves.
  private static func chat(of action: Action, on connection: String, _ state: inout State) -> String {
    if let chat = state.lines[connection]?.chat(of: action) { return chat }
    state.lines[connection] = PacedLine()
    return action.chat
  }

  private func grant(on connection: String) {
    if let moment = release(on: connection) { alarm.ring(before: moment) }
  }

  /// Gives the turns that are due; when the next one is.
  private func release(on connection: String) -> Timestamp? {
    let now = clock.now()
    let (granted, next) = state.withLock { state in
      let granted = (state.lines[connection]?.grant(now: now) ?? []).map { state.continuations.removeValue(forKey: $0) }
      return (granted, state.lines[connection]?.nextMoment)
    }
    for continuation in granted { continuation?.resume(returning: true) }
    return next
  }
}

// MARK: What outlives a restart

extension Pacer {
  /// Under which name the journal keeps what a connection's channel has closed.
  static func place(_ connection: String) -> String { "@pacing/" + connection }
  static let key = "closed"

  /// What is closed now: from when until when, by chat.
  func closures(of connection: String) -> Value {
    let now = clock.now()
    let closures = state.withLock { $0.lines[connection]?.closures(at: now) ?? [:] }
    return .map(closures.mapValues { ["from": .int($0.from.milliseconds), "until": .int($0.until.milliseconds)] })
  }

  /// Closes again what was closed when the engine stopped.
  func restore(from journal: any Journal) async throws(JournalError) {
    for connection in state.withLock({ $0.facts.keys.sorted() }) {
      let kept = try await journal.connectionValue(connection: Self.place(connection), key: Self.key)
      let now = clock.now()
      for (chat, closure) in kept.mapValue ?? [:] {
        guard let from = closure["from"].intValue, let until = closure["until"].intValue else { continue }
        let stretch = PaceClosure(from: Timestamp(milliseconds: from), until: Timestamp(milliseconds: until))
        state.withLock { $0.lines[connection]?.close(chat, stretch, now: now) }
      }
    }
  }
}
