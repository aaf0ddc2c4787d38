//! How many lanes are walked at once, and whose turn is next: projects take turns (round robin), so that one with a
//! thousand lanes ready leaves another's next lane waiting for one walker, not for a thousand. Only work counts: who
//! waits for an answer, a rule, a retry or a turn has left its slot, and comes back before lanes that have not begun.
import DequeModule
import FlowModel
import Synchronization

final class WalkSlots: Sendable {
  private struct Line {
    /// Walkers that want to go on.
    var back: Deque<UnsafeContinuation<Void, Never>> = []
    /// Lanes to begin with.
    var lanes: Deque<String> = []
  }
  private struct State {
    var free: Int
    /// Of projects for which somebody waits, in the order of their turns.
    var turns: Deque<String> = []
    var lines: [String: Line] = [:]
    var isStopping = false
  }
  private enum Next {
    case back(UnsafeContinuation<Void, Never>)
    case lane(String)
  }

  private let state: Mutex<State>
  /// Lanes to be walked now; each of them has a slot, to be left at its end. One consumer: `LaneService`.
  let ready: AsyncStream<String>
  private let announce: AsyncStream<String>.Continuation

  init(count: Int = Limits.walkersMax) {
    state = Mutex(State(free: max(count, 1)))
    (ready, announce) = AsyncStream.makeStream()
  }

  /// A lane's project stands before its first slash.
  static func project(of lane: String) -> String { String(lane.prefix { $0 != "/" }) }

  /// Who waits for a slot, by project.
  var waiting: [String: Int] { state.withLock { $0.lines.mapValues { $0.back.count + $0.lanes.count } } }

  /// A lane has something to walk.
  func add(lane: String) {
    let isNow = state.withLock { state in
      guard !state.isStopping else { return false }
      if state.free > 0 {
        state.free -= 1
        return true
      }
      Self.queue(for: Self.project(of: lane), &state) { $0.lanes.append(lane) }
      return false
    }
    if isNow { announce.yield(lane) }
  }

  /// The walker waits for something, or is done.
  func leave() {
    let next = state.withLock { state -> Next? in
      guard !state.isStopping else { return nil }
      let next = Self.next(&state)
      if next == nil { state.free += 1 }
      return next
    }
    switch next {
    case .back(let walker): walker.resume()
    case .lane(let lane): announce.yield(lane)
    case nil: break
    }
  }

  /// The walker goes on, once its project's turn has come.
  func enter(_ project: String) async {
    let isNow = state.withLock { Self.take(&$0) }
    if isNow { return }
    await withUnsafeContinuation { walker in
      let isNow = state.withLock { state in
        if Self.take(&state) { return true }
        Self.queue(for: project, &state) { $0.back.append(walker) }
        return false
      }
      if isNow { walker.resume() }
    }
  }

  /// Between two runs: lets others go first if there are any.
  func pass(_ project: String) async {
    guard state.withLock({ !$0.turns.isEmpty }) else { return }
    leave()
    await enter(project)
  }

  /// No lane begins any more; whoever walks goes on to its end without waiting.
  func stop() {
    let waiting = state.withLock { state in
      state.isStopping = true
      defer { (state.lines, state.turns) = ([:], []) }
      return state.turns.flatMap { project in Array(state.lines[project]?.back ?? []) }
    }
    for walker in waiting { walker.resume() }
    announce.finish()
  }

  private static func take(_ state: inout State) -> Bool {
    if state.isStopping { return true }
    guard state.free > 0 else { return false }
    state.free -= 1
    return true
  }

  private static func queue(for project: String, _ state: inout State, _ add: (inout Line) -> Void) {
    if state.lines[project] == nil { state.turns.append(project) }
    add(&state.lines[project, default: Line()])
  }

  private static func next(_ state: inout State) -> Next? {
    guard let project = state.turns.popFirst(), var line = state.lines.removeValue(forKey: project) else { return nil }
    defer {
      if !line.back.isEmpty || !line.lanes.isEmpty {
        state.lines[project] = line
        state.turns.append(project)
      }
    }
    if let walker = line.back.popFirst() { return .back(walker) }
    return line.lanes.popFirst().map { .lane($0) }
  }
}
