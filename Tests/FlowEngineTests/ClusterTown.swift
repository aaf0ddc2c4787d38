import FlowModel
import JournalCore
import Logging
import SwitchboardSDK
import Synchronization
import Testing

@testable import FlowEngine

/// Several whole engines over one store in memory, on one virtual clock, and the town that they serve: customers
/// whose messages wait at their channel until a receiver takes them, and a desk that remembers what it was shown.
final class ClusterTown: Sendable {
  let clock = VirtualClock()
  let journal: MemoryJournal
  let desk: TownDesk
  private let written = Mutex<[String: [Event]]>([:])

  init(callMilliseconds: Int64 = 20) {
    let clock = clock
    journal = MemoryJournal(clock: { clock.now() })
    desk = TownDesk(clock: clock, callMilliseconds: callMilliseconds)
  }

  static let connections = ["avito", "desk"]

  /// A customer writes; the message waits at the channel.
  func write(_ text: String, chat: String) {
    written.withLock { written in
      let number = written["avito", default: []].count
      written["avito", default: []].append(
        Event(
          externalID: "m\(number)", kind: .message, chat: Chat(id: chat, kind: .private),
          sender: Sender(id: chat, name: chat), message: Message(id: "\(number)", text: text),
          occurredAt: clock.now()))
    }
    desk.expect(text, chat: chat)
  }

  func events(of connection: String, after offset: Int, limit: Int) -> [Event] {
    written.withLock { Array(($0[connection] ?? []).dropFirst(offset).prefix(limit)) }
  }

  /// Lets time pass in small steps until something is so. A busy machine must not make virtual time outrun the
  /// engines: each step gives them many turns.
  func passing(milliseconds limit: Int64, until isMet: () async throws -> Bool) async throws -> Bool {
    let end = clock.now().adding(milliseconds: limit)
    while clock.now() < end {
      if try await isMet() { return true }
      try Task.checkCancellation()
      for _ in 0..<400 { await Task.yield() }
      clock.advance(milliseconds: 50)
    }
    return try await isMet()
  }

  /// It must become so within this time.
  func comes(
    within milliseconds: Int64, line: Int = #line, _ isMet: () async throws -> Bool
  ) async throws {
    let hasCome = try await passing(milliseconds: milliseconds, until: isMet)
    #expect(hasCome, "not within \(milliseconds) ms, asked at line \(line)")
  }

  /// Everything written has been shown, and nothing is open.
  func isServed() async throws -> Bool {
    guard desk.isComplete else { return false }
    return try await journal.counts().openRuns == 0
  }
}

/// Remembers what it was shown, and what it was meant to be shown.
final class TownDesk: Sendable {
  struct Shown: Sendable, Hashable {
    var chat: String
    var text: String
    var node: String
    var at: Timestamp
  }
  private struct State {
    var expected: [String: [String]] = [:]
    var shown: [Shown] = []
    var threads: [String: String] = [:]
    var nextID = 0
    /// What the channel was asked about.
    var asked: [String] = []
    /// Texts whose call was broken off: the ledger may call them unknown.
    var unsure: Set<String> = []
  }
  private let state = Mutex(State())
  let clock: VirtualClock
  private let callMilliseconds: Int64

  init(clock: VirtualClock, callMilliseconds: Int64) {
    self.clock = clock
    self.callMilliseconds = callMilliseconds
  }

  func expect(_ text: String, chat: String) { state.withLock { $0.expected[chat, default: []].append(text) } }

  var shown: [Shown] { state.withLock { $0.shown } }
  var asked: [String] { state.withLock { $0.asked } }
  var threadCount: Int { state.withLock { $0.threads.count } }
  var isComplete: Bool {
    state.withLock { state in
      let texts = Set(state.shown.map(\.text))
      return state.expected.values.allSatisfy { $0.allSatisfy { texts.contains("💬\n\($0)") } }
    }
  }

  func perform(_ action: Action, by node: String) async throws(ActionError) -> ActionResult {
    let result = state.withLock { state -> ActionResult in
      state.nextID += 1
      if action.name == "open_thread" {
        state.threads["\(state.nextID)"] = action.arguments["title"].textValue ?? ""
      } else if let text = action.message?.text, text != "intro" {
        let chat = action.thread.flatMap { state.threads[$0] } ?? action.chat
        state.shown.append(Shown(chat: chat, text: text, node: node, at: clock.now()))
      }
      return ActionResult(remoteIDs: ["\(state.nextID)"])
    }
    await clock.sleep(milliseconds: callMilliseconds)
    if Task.isCancelled {
      if let text = action.message?.text { noteUnsure(text) }
      throw ActionError(.unknown, "broken off")
    }
    return result
  }

  func noteAsked(_ action: Action) {
    state.withLock { $0.asked.append(action.message?.text ?? action.name) }
  }

  func noteUnsure(_ text: String) { state.withLock { _ = $0.unsure.insert(text) } }

  /// What is lost, doubled without being unsure, or out of order.
  var problems: [String] {
    state.withLock { state in
      var problems: [String] = []
      for (chat, expected) in state.expected.sorted(by: { $0.key < $1.key }) {
        let heard = state.shown.filter { $0.chat == chat && $0.text.hasPrefix("💬\n") }.map(\.text)
        var once: [String] = []
        for text in heard where once.last != text { once.append(text) }
        let wanted = expected.map { "💬\n\($0)" }
        if once != wanted { problems.append("\(chat): wanted \(wanted), heard \(heard)") }
        for text in Set(heard) where heard.count(where: { $0 == text }) > 1 && !state.unsure.contains(text) {
          problems.append("\(chat): '\(text)' twice, and nothing was unsure")
        }
      }
      return problems
    }
  }
}

/// What a test may do to one node: stop its time, or cut it off from the store.
final class NodeFault: Sendable {
  private struct State {
    var isFrozen = false
    var isCutOff = false
  }
  private let state = Mutex(State())
  private let thawed = Signal()

  func freeze() { state.withLock { $0.isFrozen = true } }
  func thaw() {
    state.withLock { $0.isFrozen = false }
    thawed.signal()
  }
  func cutOff(_ isCutOff: Bool) { state.withLock { $0.isCutOff = isCutOff } }
  var isCutOff: Bool { state.withLock { $0.isCutOff } }

  /// Returns at once, unless the process is stopped.
  func passed() async {
    await thawed.wait { !self.state.withLock { $0.isFrozen } }
  }
}

/// The clock as a process sees it that may be stopped.
struct NodeClock: ClockPort {
  let base: VirtualClock
  let fault: NodeFault
  func now() -> Timestamp { base.now() }
  func sleep(milliseconds: Int64) async {
    await base.sleep(milliseconds: milliseconds)
    await fault.passed()
  }
}

struct NodeConnections: ConnectionsPort {
  let desk: TownDesk
  let node: String
  let fault: NodeFault

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    await fault.passed()
    defer { if Task.isCancelled, let text = action.message?.text { desk.noteUnsure(text) } }
    let result = try await desk.perform(action, by: node)
    await fault.passed()
    return result
  }

  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    desk.noteAsked(action)
    if let text = action.message?.text { desk.noteUnsure(text) }
    return .cannotTell
  }
}
