import FlowModel
import JournalCore
import Logging
import SwitchboardSDK
import Synchronization

@testable import FlowEngine

/// One engine of several: a process that can be killed, stopped and cut off.
final class ClusterNode: Sendable {
  let name: String
  let fault = NodeFault()
  let journal: MemoryJournal
  let engine: Engine
  private let receivers: TownReceivers
  private let over = Signal()
  private let state = Mutex((isKilled: false, isOver: false))

  init(_ name: String, in town: ClusterTown, leaseMilliseconds: Int64 = 7_000) {
    let fault = fault
    let clock = town.clock
    let nodeClock = NodeClock(base: clock, fault: fault)
    let journal = town.journal.sibling(
      hooks: MemoryJournal.Hooks(
        beforeCommit: { () async throws(JournalError) in
          await fault.passed()
          if fault.isCutOff { throw JournalError(.unavailable, "cut off") }
        },
        afterCommit: { await fault.passed() }))
    let receivers = TownReceivers(town: town, journal: journal, clock: nodeClock)
    var log = Logger(label: "test")
    log.logLevel = .critical
    self.name = name
    self.journal = journal
    self.receivers = receivers
    engine = Engine(
      journal: journal,
      ports: EnginePorts(
        clock: nodeClock, connections: NodeConnections(desk: town.desk, node: name, fault: fault),
        rules: ScriptedRules(), flows: NoOldFlows(), random: { 0.5 }),
      projects: [DemoLikeFlow.project], log: log, stopDeadlineMilliseconds: 5_000,
      cluster: ClusterSettings(
        store: journal, node: NodeIdentity(name: name, address: "http://\(name)"), receivers: receivers,
        monotonicMilliseconds: { clock.now().milliseconds }, leaseMilliseconds: leaseMilliseconds))
    receivers.intake.withLock { $0 = engine.intake }
  }

  /// Runs until killed or told to leave.
  func run() async throws {
    try await engine.publish([DemoLikeFlow.desk()], sources: [], project: "shop")
    try await engine.open()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.engine.run() }
      group.addTask { await self.receivers.run() }
      group.addTask { await self.over.wait { self.state.withLock { $0.isKilled } } }
      await group.next()
      group.cancelAll()
    }
    state.withLock { $0.isOver = true }
  }

  /// Nothing more is heard of it: what it still tries to write is refused.
  func kill() {
    journal.died()
    state.withLock { $0.isKilled = true }
    over.signal()
  }

  /// Told to stop in order.
  func leave() { engine.lanes.stop() }

  var isOver: Bool { state.withLock { $0.isOver } }
  var status: MembershipStatus? { engine.membership?.status }
  var heldPartitions: Int { status?.heldPartitions ?? 0 }
  var heldConnections: [String] { status?.heldConnections ?? [] }
  var sharedLimits: Int { engine.pacer.nodes }
}

/// Pollers whose offset is in the journal, as the real ones' is.
final class TownReceivers: ReceiversPort {
  private struct State {
    var started: Set<String> = []
    var busy: Set<String> = []
  }
  let town: ClusterTown
  let journal: MemoryJournal
  let clock: NodeClock
  let intake = Mutex<Intake?>(nil)
  private let state = Mutex(State())
  private let idle = Signal()

  init(town: ClusterTown, journal: MemoryJournal, clock: NodeClock) {
    self.town = town
    self.journal = journal
    self.clock = clock
  }

  var connections: [String] { ClusterTown.connections }

  func start(_ connection: String) async { state.withLock { _ = $0.started.insert(connection) } }

  func stop(_ connection: String) async {
    state.withLock { _ = $0.started.remove(connection) }
    await idle.wait { !self.state.withLock { $0.busy.contains(connection) } }
  }

  func run() async {
    while !Task.isCancelled {
      for connection in connections {
        let mayWork = state.withLock { state in
          guard state.started.contains(connection) else { return false }
          state.busy.insert(connection)
          return true
        }
        guard mayWork else { continue }
        try? await poll(connection)
        state.withLock { _ = $0.busy.remove(connection) }
        idle.signal()
      }
      await clock.sleep(milliseconds: 100)
    }
  }

  private func poll(_ connection: String) async throws {
    guard let intake = intake.withLock({ $0 }) else { return }
    let offset = try await journal.connectionValue(connection: connection, key: "offset").intValue ?? 0
    let events = town.events(of: connection, after: Int(offset), limit: 5)
    for event in events { try await intake.accept([event], connection: connection, project: "shop") }
    guard !events.isEmpty else { return }
    try await journal.setConnectionValue(
      connection: connection, key: "offset", value: .int(offset + Int64(events.count)))
  }
}
