//! This node among others: keeps its lease, takes its share of lanes, connections and services, gives back what is
//! too much, and lets everything go when it is told, or must fear, that it is no longer itself.
package import JournalCore
internal import SwitchboardSDK
import Synchronization

package final class Membership: Sendable {
  struct State {
    var number: NodeNumber?
    var view: ClusterView?
    /// Connections and services that work here, and what is on its way to another node.
    var held: Set<LeasedResource> = []
    var leaving: Set<LeasedResource> = []
    var isTaking = false
    /// Asked for, and the answer was lost: what the store gave of it is ours, and nobody else will take it.
    var unsure: Set<LeasedResource> = []
    /// The last beat before which such an answer was lost.
    var unsureSince = 0
    var beats = 0
    /// Work under way that takes or gives.
    var works = 0
    var isGivingBack = false
    var told: [Int] = []
  }

  let settings: ClusterSettings
  let ownership: LaneOwnership
  let lanes: Lanes
  let conversations: ConversationBook
  let clock: any ClockPort
  let announcer: Announcer
  /// Keeps this node to its part of the channels' limits.
  let pacer: Pacer
  let deaths: DeathNotes
  let handOver: HandOver
  let gates: [LeasedResource.Service: ServiceGate]
  let handOverDeadlineMilliseconds: Int64
  let state = Mutex(State())
  let worked = Signal()
  private let lettingGo = Turns()
  /// A call needs this much of the lease to be left when it begins.
  static let callMarginMilliseconds: Int64 = 1_000

  init(
    settings: ClusterSettings, ownership: LaneOwnership, lanes: Lanes, conversations: ConversationBook,
    clock: any ClockPort, announcer: Announcer, pacer: Pacer, deaths: DeathNotes,
    gates: [LeasedResource.Service: ServiceGate], unsure: UnsureWrites, handOverDeadlineMilliseconds: Int64
  ) {
    self.settings = settings
    self.ownership = ownership
    self.lanes = lanes
    self.conversations = conversations
    self.clock = clock
    self.announcer = announcer
    self.pacer = pacer
    self.deaths = deaths
    self.gates = gates
    self.handOverDeadlineMilliseconds = handOverDeadlineMilliseconds
    handOver = HandOver(
      store: settings.store, ownership: ownership, lanes: lanes, clock: clock, announcer: announcer,
      unsure: unsure)
  }

  package var status: MembershipStatus {
    let state = state.withLock { $0 }
    return MembershipStatus(
      node: settings.node.name, number: state.number,
      heldPartitions: ownership.partitions(in: [.held, .filling]).count,
      heldConnections: state.held.compactMap { if case .connection(let name) = $0 { name } else { nil } }.sorted(),
      liveNodes: state.view?.nodes.map(\.identity.name) ?? [])
  }

  /// Where a connection's webhooks are taken in: nil when nobody is known to hold it, or this node does.
  package func address(ofHolderOf connection: String) -> String? {
    let view = state.withLock { $0.view }
    guard let view, let holder = view.holders[.connection(connection)], holder != view.own else { return nil }
    return view.node(holder).flatMap { $0.identity.address.isEmpty ? nil : $0.identity.address }
  }

  package func holds(_ resource: LeasedResource) -> Bool { state.withLock { $0.held.contains(resource) } }

  // MARK: Being a node

  /// Becomes a node; nothing is held yet. Throws `.nameTaken` while another node of that name is alive.
  package func join() async throws(JournalError) {
    let previous = state.withLock { $0.number }
    let sentAt = settings.monotonicMilliseconds()
    let number = try await settings.store.join(
      settings.node, replacing: previous, leaseMilliseconds: settings.leaseMilliseconds)
    state.withLock { state in
      state.number = number
      state.view = nil
      state.held = []
      state.leaving = []
      state.unsure = []
    }
    ownership.noteJoined()
    allowCalls(sentAt: sentAt)
    announcer.joined(settings.node, number)
  }

  /// Runs what only one node may do at a time (at a start, before anything is held). Others wait for it.
  package func exclusively<Answer>(
    _ service: LeasedResource.Service, _ work: () async throws -> Answer
  ) async throws -> Answer {
    let resource = LeasedResource.service(service)
    while try await settings.store.take([resource]).isEmpty {
      try Task.checkCancellation()
      await clock.sleep(milliseconds: 100)
      _ = try await settings.store.renew()
    }
    let answer: Answer
    do { answer = try await work() } catch {
      try? await settings.store.release([resource])
      throw error
    }
    try await settings.store.release([resource])
    return answer
  }

  /// Keeps the lease and the shares until cancelled. After `lanes.stop()` everything is given back as it ends.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.handOver.run() }
      group.addTask { await self.watchLease() }
      while !Task.isCancelled {
        await beat(&group)
        await ownership.fenceAlarm.wait(
          until: clock.now().adding(milliseconds: settings.beatMilliseconds), clock: clock)
      }
      group.cancelAll()
    }
  }

  /// The last thing of all: whatever is left goes back.
  func leave() async {
    ownership.allowCalls(until: .min)
    do throws(JournalError) { try await settings.store.leave() } catch { announcer.journalTrouble(error) }
  }

  private func beat(_ group: inout DiscardingTaskGroup) async {
    let sentAt = settings.monotonicMilliseconds()
    do throws(JournalError) {
      guard state.withLock({ $0.number != nil }), !ownership.isFenced else {
        throw JournalError(.fenced, "a write was refused")
      }
      state.withLock { $0.beats += 1 }
      let view = try await settings.store.renew()
      // A process that was stopped in between may have lost everything already, and be told so by its next look.
      guard !ownership.isFenced else { return ownership.fenceAlarm.ring() }
      allowCalls(sentAt: sentAt)
      state.withLock { $0.view = view }
      pacer.divide(among: max(1, view.nodes.count))
      balance(view, &group)
      tellChange(of: view)
    } catch {
      if error.code == .fenced { return await startAnew(error.detail) }
      announcer.journalTrouble(error)
      if !ownership.mayCall { await startAnew("the store could not be asked in time") }
    }
  }

  private func allowCalls(sentAt: Int64) {
    ownership.allowCalls(until: sentAt + settings.leaseMilliseconds - Self.callMarginMilliseconds)
  }

  /// Lets everything go, and comes back under a new number once nothing of the old life is under way.
  private func startAnew(_ reason: String) async {
    announcer.fenced(state.withLock { $0.number }, reason)
    ownership.noteFence()
    await letGoIfFenced()
    var pauseMilliseconds: Int64 = 100
    while !Task.isCancelled {
      do throws(JournalError) { return try await join() } catch {
        announcer.journalTrouble(error)
        await clock.sleep(milliseconds: pauseMilliseconds)
        pauseMilliseconds = min(pauseMilliseconds * 2, settings.beatMilliseconds)
      }
    }
  }

  /// A beat may wait for a store that says nothing longer than the lease lasts. Others go on then: what is held is let
  /// go in time, without its answer.
  private func watchLease() async {
    while !Task.isCancelled {
      let left = ownership.callMillisecondsLeft
      await clock.sleep(milliseconds: left > 0 ? left : settings.beatMilliseconds)
      guard !Task.isCancelled, state.withLock({ $0.number != nil }), !ownership.isFenced, !ownership.mayCall
      else { continue }
      ownership.noteFence()
      await letGoIfFenced()
    }
  }

  /// One after the other; the next life begins only when nobody lets go of the last one any more.
  private func letGoIfFenced() async {
    await lettingGo.begin()
    defer { lettingGo.end() }
    if ownership.isFenced { await letGo() }
  }

  private func letGo() async {
    // In an order that is the same in every play of a simulation's seed: a set's own is not.
    let held = state.withLock { $0.held.sorted { $0.name < $1.name } }
    let gates = gates.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
    await withDiscardingTaskGroup { group in
      group.addTask { await self.ownership.drop() }
      for gate in gates { group.addTask { await gate.close() } }
      for case .connection(let name) in held { group.addTask { await self.settings.receivers.stop(name) } }
    }
    await worked.wait { self.state.withLock { $0.works == 0 } }
    // What was taken in the last moment of the old life.
    let late = state.withLock { state in
      defer { state.held = [] }
      return state.held.sorted { $0.name < $1.name }
    }
    for case .connection(let name) in late { await settings.receivers.stop(name) }
    for gate in gates { await gate.close() }
    await ownership.drop()
    conversations.forget(Set(0..<LanePartition.count))
    await deaths.forget(Set(0..<LanePartition.count))
  }

  private func tellChange(of view: ClusterView) {
    let status = status
    let figures = [status.heldPartitions, status.heldConnections.count, view.nodes.count]
    let isNew = state.withLock { state in
      defer { state.told = figures }
      return state.told != figures
    }
    guard isNew else { return }
    announcer.holds(
      partitions: status.heldPartitions, connections: status.heldConnections, liveNodes: status.liveNodes)
  }
}
