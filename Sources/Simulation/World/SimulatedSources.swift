//! The channels' other half: events go to the engine again and again until it says "accepted", and now and then once
//! more. Webhooks come each on its own; a poller's batches wait for one another.
import FlowEngine
import JournalCore
import SwitchboardSDK

extension SimulatedWorld {
  /// Sends a batch of one connection's events until it is taken.
  func deliver(_ batch: [SourceEvent]) async {
    guard let first = batch.first else { return }
    defer { waitingDeliveries -= 1 }
    var repeats = chance.percent(20) ? 2 : 1
    while repeats > 0, !Task.isCancelled {
      if await accept(batch, first) {
        repeats -= 1
        guard repeats > 0 else { return }
        figures.repeats += 1
        await time.sleep(chance.milliseconds(0...4_000))
      } else {
        await time.sleep(chance.milliseconds(100...2_000))
      }
    }
  }

  private func accept(_ batch: [SourceEvent], _ first: SourceEvent) async -> Bool {
    if cluster.isShared { return await acceptSomewhere(batch) }
    guard let node = node(for: first.connection), let engine = node.engine else { return false }
    let life = node.life
    witness.offered(batch)
    if mutant == .acknowledgesBeforeCommit { acknowledgeEarly(batch) }
    do throws(JournalError) {
      try await engine.intake.accept(batch.map(\.event), connection: first.connection, project: first.project)
    } catch {
      trace.note("not taken", Int64(first.number), 0, error.code.rawValue)
      return mutant == .acknowledgesBeforeCommit
    }
    guard life.isAlive else { return mutant == .acknowledgesBeforeCommit }
    for event in batch { witness.acknowledged(event) }
    return true
  }

  /// A load balancer leads to any node that seems to be up; the source waits for some time.
  private func acceptSomewhere(_ batch: [SourceEvent]) async -> Bool {
    guard let door = chance.pick(nodes.compactMap(\.door)) else { return false }
    witness.offered(batch)
    if mutant == .acknowledgesBeforeCommit { acknowledgeEarly(batch) }
    let isTaken = await door.receive(batch, isForwarded: false, patienceMilliseconds: Self.patienceMilliseconds)
    guard isTaken ?? false else { return mutant == .acknowledgesBeforeCommit }
    for event in batch { witness.acknowledged(event) }
    return true
  }

  private static let patienceMilliseconds: Int64 = 8_000

  /// A door that answers before the journal has: the event is on its own from here on.
  private func acknowledgeEarly(_ batch: [SourceEvent]) { earlyAcknowledged += batch }

  /// Polls one connection: a batch is fetched anew until it is taken, the next one after it.
  func poll(_ batches: AsyncStream<[SourceEvent]>) async {
    for await batch in batches { await deliver(batch) }
  }
}
