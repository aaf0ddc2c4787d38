import FlowEngine
import SwitchboardSDK
import Synchronization

/// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"): a seed says it all.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Two channels that outlive every crash of the engine. `avito` can be asked what became of a call, `desk` cannot.
/// They fail, break off before or after the deed, and throttle, as the seed has it.
final class SimulatedChannels: ConnectionsPort {
  struct Said: Sendable, Hashable {
    var connection: String
    /// The customer's chat; for `desk`, the chat that the thread mirrors.
    var chat: String
    var text: String
    var id: String
    var at: Timestamp
  }
  private struct State {
    var random: SeededRandom
    var isCalm = false
    var nextID = 100
    var said: [Said] = []
    var done: [String: ActionResult] = [:]
    /// Chat by thread.
    var threads: [String: String] = [:]
    /// Threads that somebody has deleted by hand.
    var deleted: Set<String> = []
    /// Texts whose sender was not told the outcome though the deed was done.
    var unsure: Set<String> = []
  }
  private let state: Mutex<State>
  private let clock: VirtualClock

  init(seed: UInt64, clock: VirtualClock) {
    state = Mutex(State(random: SeededRandom(seed: seed)))
    self.clock = clock
  }

  var said: [Said] { state.withLock { $0.said } }
  var unsure: Set<String> { state.withLock { $0.unsure } }

  /// From here on every call succeeds.
  func calm() { state.withLock { $0.isCalm = true } }

  /// After a crash: the ledger holds these calls as `sending` or `unknown`.
  func noteUnsure(_ text: String) { state.withLock { _ = $0.unsure.insert(text) } }

  /// The thread in which something of this chat was shown last.
  func thread(of chat: String) -> String? {
    state.withLock { state in
      guard let shown = state.said.last(where: { $0.connection == "desk" && $0.chat == chat && $0.text != "intro" })
      else { return nil }
      let thread = state.threads.first { $0.value == chat && shown.id.hasPrefix($0.key + ":") }?.key
      return thread.flatMap { state.deleted.contains($0) ? nil : $0 }
    }
  }

  func delete(thread: String) { state.withLock { _ = $0.deleted.insert(thread) } }

  private enum Fate { case done, refused(ActionError), doneUntold, lostUntold }

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    await Task.yield()
    let fate = state.withLock { Self.fate(connection, &$0) }
    if case .refused(let error) = fate { throw error }
    if let thread = action.thread, state.withLock({ $0.deleted.contains(thread) }) {
      throw ActionError(.threadGone, "message thread not found")
    }
    if case .lostUntold = fate { throw ActionError(.unknown, "connection reset") }
    let result = state.withLock { Self.deed(action, connection, at: clock.now(), &$0) }
    await Task.yield()
    if case .doneUntold = fate {
      if let text = action.message?.text { noteUnsure(text) }
      throw ActionError(.unknown, "no answer")
    }
    return result
  }

  private static func fate(_ connection: String, _ state: inout State) -> Fate {
    guard !state.isCalm else { return .done }
    switch Int.random(in: 0..<100, using: &state.random) {
    case 0..<8: return .refused(ActionError(.transient, "502"))
    case 8..<12: return .refused(ActionError(.rateLimited, "429", retryAfterMilliseconds: 3_000))
    // An answer that is refused dies and its lane goes on: that order is not looked for here.
    case 12..<14 where connection == "desk": return .refused(ActionError(.invalid, "400"))
    case 14..<19: return .doneUntold
    case 19..<23: return .lostUntold
    default: return .done
    }
  }

  private static func deed(_ action: Action, _ connection: String, at now: Timestamp, _ state: inout State)
    -> ActionResult
  {
    state.nextID += 1
    var result = ActionResult(remoteIDs: ["\(state.nextID)"])
    if action.name == "open_thread" {
      state.threads["\(state.nextID)"] = action.arguments["title"].textValue ?? ""
    } else if let text = action.message?.text {
      let chat = action.thread.flatMap { state.threads[$0] } ?? action.chat
      let id = action.thread.map { "\($0):\(state.nextID)" } ?? "\(state.nextID)"
      result = ActionResult(remoteIDs: [id])
      state.said.append(Said(connection: connection, chat: chat, text: text, id: id, at: now))
    }
    state.done[action.idempotencyKey] = result
    return result
  }

  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    await Task.yield()
    let isAway = state.withLock { !$0.isCalm && $0.random.chance(15) }
    if isAway { throw ActionError(.transient, "503") }
    guard connection == "avito" else { return .cannotTell }
    return state.withLock { $0.done[action.idempotencyKey] }.map { .performed($0) } ?? .notPerformed
  }
}
