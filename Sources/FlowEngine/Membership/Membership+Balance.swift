//! Taking and giving back: each kind of resource is shared out evenly among the nodes that are alive.
import JournalCore
import SwitchboardSDK
import Synchronization

extension Membership {
  static let lanes: [LeasedResource] = (0..<LanePartition.count).map { .lanes(partition: $0) }

  private var kinds: [[LeasedResource]] {
    [
      Self.lanes,
      settings.receivers.connections.sorted().map { .connection($0) },
      LeasedResource.Service.allCases.filter { $0 != .setup }.map { .service($0) },
    ]
  }

  /// Begins what this look at the store asks for; returns at once, so that the next beat is not late.
  func balance(_ view: ClusterView, _ group: inout DiscardingTaskGroup) {
    if lanes.isStopping {
      let mayBegin = state.withLock { state in
        defer { state.isGivingBack = true }
        return !state.isGivingBack
      }
      if mayBegin { begin(&group) { await self.giveBackAll() } }
      return
    }
    let shares = kinds.map { FairShare(resources: $0, view: view) }
    let settled = Set(ownership.partitions(in: [.held]).map { LeasedResource.lanes(partition: $0) })
    let absent = Set(ownership.partitions(in: [.elsewhere]).map { LeasedResource.lanes(partition: $0) })
    let (surplus, wanted) = state.withLock { state -> ([LeasedResource], [LeasedResource]) in
      // The view may be older than what has been done since it was asked for.
      let surplus = shares.flatMap(\.surplus).filter {
        (settled.contains($0) || state.held.contains($0)) && !state.leaving.contains($0)
      }
      state.leaving.formUnion(surplus)
      let wanted =
        state.isTaking
        ? []
        : (shares.flatMap(\.wanted) + state.claimed(in: view)).filter {
          $0.isLanes ? absent.contains($0) : !state.held.contains($0)
        }
      if !wanted.isEmpty { state.isTaking = true }
      return (surplus, wanted)
    }
    if !surplus.isEmpty { begin(&group) { await self.give(surplus) } }
    if !wanted.isEmpty {
      begin(&group) {
        await self.take(wanted)
        self.state.withLock { $0.isTaking = false }
      }
    }
  }

  private func begin(_ group: inout DiscardingTaskGroup, _ work: @escaping @Sendable () async -> Void) {
    state.withLock { $0.works += 1 }
    group.addTask {
      await work()
      self.state.withLock { $0.works -= 1 }
      self.worked.signal()
    }
  }

  private var isLost: Bool { Task.isCancelled || ownership.isFenced }

  // MARK: Taking

  private func take(_ wanted: [LeasedResource]) async {
    let got: [LeasedResource]
    do throws(JournalError) { got = try await settings.store.take(wanted) } catch {
      state.withLock { state in
        state.unsure.formUnion(wanted)
        state.unsureSince = state.beats
      }
      return trouble(error)
    }
    let partitions = Set(got.compactMap { if case .lanes(let partition) = $0 { partition } else { nil } })
    if !partitions.isEmpty { await fill(partitions) }
    for resource in got {
      guard !isLost, !lanes.isStopping else { return }
      switch resource {
      case .lanes: continue
      case .connection(let name):
        // What the last holder accepted and handed over stands before what comes now.
        guard await sweptBefore(name) else { continue }
        state.withLock { _ = $0.held.insert(resource) }
        await settings.receivers.start(name)
      case .service(let service):
        state.withLock { _ = $0.held.insert(resource) }
        gates[service]?.open()
      }
    }
  }

  private func fill(_ partitions: Set<Int>) async {
    conversations.forget(partitions)
    await ownership.fill(partitions)
    while !isLost {
      do throws(JournalError) {
        let recovery = Recovery(journal: settings.store, lanes: lanes, deaths: deaths)
        let taken = try await recovery.takeUp(in: partitions, of: settings.store)
        ownership.filled(partitions)
        return announcer.started(taken)
      } catch {
        trouble(error)
        await clock.sleep(milliseconds: 250)
      }
    }
  }

  private func sweptBefore(_ connection: String) async -> Bool {
    while !isLost {
      do throws(JournalError) {
        try await handOver.sweep()
        return true
      } catch {
        trouble(error)
        await clock.sleep(milliseconds: 250)
      }
    }
    return false
  }

  // MARK: Giving

  /// Each as soon as nothing of it is under way.
  func give(_ surplus: [LeasedResource]) async {
    let partitions = Set(surplus.compactMap { if case .lanes(let partition) = $0 { partition } else { nil } })
    await withDiscardingTaskGroup { group in
      if !partitions.isEmpty { group.addTask { await self.give(partitions: partitions) } }
      for resource in surplus {
        switch resource {
        case .lanes: continue
        case .connection(let name):
          group.addTask {
            await self.settings.receivers.stop(name)
            await self.release([resource])
          }
        case .service(let service):
          group.addTask {
            await self.gates[service]?.close()
            await self.release([resource])
          }
        }
      }
    }
  }

  private func give(partitions: Set<Int>) async {
    await ownership.close(partitions)
    // From here on others start timers that ring no alarm here.
    gates[.timers]?.nudge()
    let idle = lanes.quiet(among: partitions)
    await given(idle)
    let busy = partitions.subtracting(idle)
    guard !busy.isEmpty else { return }
    await withDiscardingTaskGroup { group in
      group.addTask {
        await self.clock.sleep(milliseconds: self.handOverDeadlineMilliseconds)
        if !Task.isCancelled { self.lanes.close(busy, breakingOff: true) }
      }
      await withDiscardingTaskGroup { inner in
        for partition in busy.sorted() {
          inner.addTask {
            await self.lanes.quieted([partition])
            await self.given([partition])
          }
        }
      }
      group.cancelAll()
    }
  }

  private func given(_ partitions: Set<Int>) async {
    guard !partitions.isEmpty, !isLost else { return }
    conversations.forget(partitions)
    await deaths.forget(partitions)
    ownership.forget(partitions)
    await release(partitions.sorted().map { .lanes(partition: $0) })
  }

  private func release(_ resources: [LeasedResource]) async {
    state.withLock { $0.held.subtract(resources) }
    while !isLost {
      do throws(JournalError) {
        try await settings.store.release(resources)
        return state.withLock { $0.leaving.subtract(resources) }
      } catch {
        trouble(error)
        await clock.sleep(milliseconds: 250)
      }
    }
  }

  /// The engine is stopping: connections and services first, lanes as their runs end.
  private func giveBackAll() async {
    let held = state.withLock { state in
      state.held.subtracting(state.leaving).sorted { $0.name < $1.name }
    }
    let partitions = ownership.partitions(in: [.held, .filling])
    await give(held + partitions.sorted().map { .lanes(partition: $0) })
  }

  private func trouble(_ error: JournalError) {
    if error.code == .fenced { ownership.noteFence() } else { announcer.journalTrouble(error) }
  }
}

extension Membership.State {
  /// What the store calls ours though its answer to the taking was lost: it is taken once more.
  fileprivate mutating func claimed(in view: ClusterView) -> [LeasedResource] {
    guard !unsure.isEmpty else { return [] }
    let ours = unsure.filter { view.holders[$0] == view.own }
    // A look that was begun after the loss tells everything.
    if beats > unsureSince { unsure = [] } else { unsure.subtract(ours) }
    return ours.sorted { $0.name < $1.name }
  }
}
