import FlowEngine
import FlowModel
import JournalCore
import Logging
import SwitchboardSDK
import Synchronization

/// A whole engine on virtual time, with connections that answer as planned.
struct EngineRig: Sendable {
  let clock: VirtualClock
  /// Those that a test has planned; unused when it brought others.
  let connections: ScriptedConnections
  let engine: Engine
  let journal: any Journal
  private let notices: AsyncStream<RunNotice>
  private let seen = SeenNotices()

  init(
    journal: any Journal, connections: any ConnectionsPort = ScriptedConnections(),
    clock: VirtualClock = VirtualClock(),
    flows: [Flow] = [DemoLikeFlow.desk()], rules: any RulesPort = ScriptedRules(),
    project: ProjectFacts = DemoLikeFlow.project, oldFlows: any FlowSourcePort = NoOldFlows()
  ) async throws {
    self.journal = journal
    self.clock = clock
    self.connections = connections as? ScriptedConnections ?? ScriptedConnections()
    let (stream, continuation) = AsyncStream<RunNotice>.makeStream()
    notices = stream
    let seen = seen
    var log = Logger(label: "test")
    log.logLevel = .critical
    engine = Engine(
      journal: journal,
      ports: EnginePorts(
        clock: clock, connections: connections, rules: rules, flows: oldFlows, random: { 0.5 }),
      projects: [project], log: log,
      listener: { notice in
        seen.add(notice)
        continuation.yield(notice)
      })
    if !flows.isEmpty { try await engine.publish(flows, sources: [], project: "shop") }
    try await engine.open()
  }

  /// Runs the engine while the body plays, then stops it in order.
  func playing(_ body: @escaping @Sendable (EngineRig) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      try await body(self)
      engine.lanes.stop()
      group.cancelAll()
      try? await group.waitForAll()
    }
  }

  /// Lets time pass until something is so; services sleep and wake as they do. Many turns, since a busy machine may
  /// keep the engine's threads waiting.
  func passing(milliseconds: Int64 = 500, until isMet: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<1_000_000 {
      if try await isMet() { return true }
      try Task.checkCancellation()
      for _ in 0..<10 { await Task.yield() }
      clock.advance(milliseconds: milliseconds)
    }
    return try await isMet()
  }

  func customer(
    _ text: String, chat: String = "c1", id: String? = nil, name: String = "Анна",
    facts: Value = ["name": "Анна", "item": ["title": "Диван"]]
  ) async throws {
    let event = Event(
      externalID: id ?? "m:\(chat):\(text)", kind: .message, chat: Chat(id: chat, kind: .private),
      sender: Sender(id: chat, name: name), message: Message(id: "1", text: text), facts: facts,
      occurredAt: clock.now())
    try await engine.intake.accept([event], connection: "avito", project: "shop")
  }

  /// The channel shows a message of our own account: sent by us, or by the owner in the channel's app.
  func echo(_ text: String, id: String, chat: String = "c1") async throws {
    let event = Event(
      externalID: "m:\(chat):\(id)", kind: .message, chat: Chat(id: chat, kind: .private), sender: Sender(id: "us"),
      isEcho: true, message: Message(id: id, text: text), occurredAt: clock.now())
    try await engine.intake.accept([event], connection: "avito", project: "shop")
  }

  func operatorWrites(_ text: String, thread: String?) async throws {
    let event = Event(
      externalID: "o:\(thread ?? ""):\(text)", kind: .message, chat: Chat(id: "-100", kind: .group), thread: thread,
      sender: Sender(id: "9", name: "Олег"), message: Message(id: "2", text: text), occurredAt: clock.now())
    try await engine.intake.accept([event], connection: "desk", project: "shop")
  }

  /// Waits until so many runs have finished in all.
  func finished(_ count: Int) async { await until { $0.finished.count >= count } }
  func waiting(_ count: Int) async { await until { $0.waiting >= count } }
  func parked(_ count: Int) async { await until { $0.parked.count >= count } }
  func timersStarted(_ count: Int) async { await until { $0.timers >= count } }

  var outcomes: [String] { seen.snapshot.finished }
  var parkedReasons: [String] { seen.snapshot.parked }

  private func until(_ isMet: (SeenNotices.Snapshot) -> Bool) async {
    if isMet(seen.snapshot) { return }
    for await _ in notices where isMet(seen.snapshot) { return }
  }

  /// Waits until so many calls have been made in all.
  func called(_ count: Int) async {
    if connections.calls.count >= count { return }
    for await _ in connections.called where connections.calls.count >= count { return }
  }
}

final class SeenNotices: Sendable {
  struct Snapshot: Sendable {
    var finished: [String] = []
    var parked: [String] = []
    var waiting = 0
    var timers = 0
  }
  private let state = Mutex(Snapshot())
  var snapshot: Snapshot { state.withLock { $0 } }

  func add(_ notice: RunNotice) {
    state.withLock { state in
      switch notice.what {
      case .finished(let outcome): state.finished.append(outcome)
      case .parked(let reason): state.parked.append(reason)
      case .waiting: state.waiting += 1
      case .timerStarted: state.timers += 1
      case .called: break
      }
    }
  }
}

struct NoOldFlows: FlowSourcePort {
  func flow(project: String, file: String, source: String) -> Flow? { nil }
}

/// Decides as planned, or passes.
final class ScriptedRules: RulesPort {
  private let failures: Mutex<[RuleFailure]>
  private let asked = Mutex(0)

  init(failures: [RuleFailure] = []) { self.failures = Mutex(failures) }

  var askedCount: Int { asked.withLock { $0 } }

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    asked.withLock { $0 += 1 }
    if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    let text = call.message["text"].textValue ?? ""
    return text.contains("доставк")
      ? RuleDecision(action: "reply", reply: "Доставим завтра", version: "v")
      : RuleDecision(action: "pass", version: "v")
  }
}
