//! The connections as one node of several receives them: those that it has leased, no others. Pollers go on from the
//! place that the journal names.
import FlowEngine
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class NodeReceivers: ReceiversPort, @unchecked Sendable {
  private static let placeKey = "simulated place"
  private let world: SimulatedWorld
  private let life: NodeLife
  private let journal: any Journal
  private var started: Set<String> = []
  private var busy: [String: Int] = [:]
  private let changed = Wake()

  init(world: SimulatedWorld, life: NodeLife, journal: any Journal) {
    self.world = world
    self.life = life
    self.journal = journal
  }

  var connections: [String] { world.projects.flatMap { [$0.avito, $0.desk] } }

  func start(_ connection: String) async {
    world.trace.note("receives", 0, 0, connection, by: life.name)
    started.insert(connection)
    changed.signal()
    world.inboxes[connection]?.arrival.signal()
  }

  func stop(_ connection: String) async {
    if world.mutant == .receiverKept { return }
    world.trace.note("receives no more", 0, 0, connection, by: life.name)
    started.remove(connection)
    world.inboxes[connection]?.arrival.signal()
    await changed.wait { self.busy[connection, default: 0] == 0 }
  }

  /// Something comes in by this connection. False while another node receives for it.
  func enter(_ connection: String) -> Bool {
    guard started.contains(connection) else { return false }
    busy[connection, default: 0] += 1
    return true
  }

  func leave(_ connection: String) {
    busy[connection, default: 0] -= 1
    changed.signal()
  }

  // MARK: Pollers

  func run(_ engine: Engine) async {
    await withDiscardingTaskGroup { group in
      for project in world.projects {
        guard let inbox = world.inboxes[project.desk] else { continue }
        group.addTask { await self.poll(project, inbox, engine) }
      }
    }
  }

  private func poll(_ project: SimulatedProject, _ inbox: SimulatedInbox, _ engine: Engine) async {
    let connection = project.desk
    var place: Int?
    while !Task.isCancelled, life.isAlive {
      let known = place ?? 0
      await inbox.arrival.wait {
        self.started.contains(connection) ? inbox.hasNews(after: known) : place != nil
      }
      guard enter(connection) else {
        // Another node goes on meanwhile: the place is asked for anew.
        place = nil
        continue
      }
      do throws(JournalError) {
        place = try await take(from: place, project, inbox, engine)
        leave(connection)
      } catch {
        leave(connection)
        world.trace.note("poll failed", 0, 0, "\(connection) \(error.code.rawValue)", by: life.name)
        await world.time.sleep(500)
      }
    }
  }

  private func take(
    from known: Int?, _ project: SimulatedProject, _ inbox: SimulatedInbox, _ engine: Engine
  ) async throws(JournalError) -> Int {
    let connection = project.desk
    let place: Int
    if let known {
      place = known
    } else {
      place = Int(
        clamping: try await journal.connectionValue(connection: connection, key: Self.placeKey).intValue ?? 0)
    }
    try life.check()
    // Told to stop meanwhile: nothing more is fetched.
    guard started.contains(connection) else { return place }
    world.witness.received(connection, by: life)
    guard let (batch, next) = inbox.fetch(after: place) else { return place }
    await world.channels.travelNear()
    world.witness.offered(batch)
    try await engine.intake.accept(batch.map(\.event), connection: connection, project: project.name)
    try life.check()
    for event in batch { world.witness.acknowledged(event) }
    if inbox.take(upTo: next) { world.waitingDeliveries -= 1 }
    try await journal.setConnectionValue(connection: connection, key: Self.placeKey, value: .int(Int64(next)))
    return next
  }
}
