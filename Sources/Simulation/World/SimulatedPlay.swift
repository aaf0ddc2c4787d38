//! The play itself: so many steps of customers, operators and trouble, then calm until all is done.
import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK

extension SimulatedWorld {
  /// How long after the last fault everything must have come to its end, in virtual time.
  private static let calmMilliseconds: Int64 = 1_800_000

  func main(steps: Int) async {
    let streams = cluster.isShared ? [] : singlePollers()
    await withDiscardingTaskGroup { group in
      for node in nodes {
        if let executor = node.executor {
          group.addTask(executorPreference: executor) { await node.run() }
        } else {
          group.addTask { await node.run() }
        }
      }
      for stream in streams { group.addTask { await self.poll(stream) } }
      if cluster.isShared { group.addTask { await self.doChores() } }
      for number in 1...max(steps, 1) where !Task.isCancelled {
        witness.step = number
        await step(&group)
      }
      await end()
      stopBefore = time.milliseconds + 60_000
      for continuation in pollers.values { continuation.finish() }
      endChores()
      for node in nodes { node.stop(isOver: true) }
    }
  }

  private func singlePollers() -> [AsyncStream<[SourceEvent]>] {
    projects.map { project in
      let (stream, continuation) = AsyncStream<[SourceEvent]>.makeStream()
      pollers[project.desk] = continuation
      return stream
    }
  }

  private func doChores() async {
    await withDiscardingTaskGroup { group in
      for await chore in chores { group.addTask { await chore() } }
      group.cancelAll()
    }
  }

  private func end() async {
    trace.note("calm")
    crashes.disarm()
    disk.calm()
    channels.calm()
    rules.troublePercent = 0
    if cluster.isShared { mendCluster() }
    let deadline = time.milliseconds + Self.calmMilliseconds + (hasClockJumped ? 7_200_000 : 0)
    while !Task.isCancelled {
      if await isQuiet() { break }
      guard time.milliseconds < deadline else {
        let open = witness.runs.filter { !$0.value.status.isClosed }.sorted { $0.key < $1.key }
        return witness.broken(
          .liveness,
          "\(waitingDeliveries) batches wait; open: \(open.map { "run \($0.key) \($0.value.status)" }); "
            + "timers: \(witness.timers.keys.sorted())")
      }
      await mendAll()
      await time.sleep(hasClockJumped ? 20_000 : 3_000)
    }
    guard !Task.isCancelled, let counts = try? store.journal.countsNow() else { return }
    witness.checkEarly(earlyAcknowledged)
    witness.checkEnd(counts, channels.deeds)
    for project in projects where plan.hasBlocks {
      let found = try? await store.journal.projectState(project: project.name, key: SimulatedFlows.countKey)
      witness.checkCount(found?.value.intValue ?? 0, project: project.name)
    }
    if !hasClockJumped {
      witness.checkGreetings(
        channels.deeds, clockSpreadMilliseconds: Int64(2 * cluster.clockOffsetMillisecondsMax))
    }
  }

  private func isQuiet() async -> Bool {
    guard waitingDeliveries == 0, let counts = try? store.journal.countsNow() else { return false }
    return counts.openRuns == 0 && counts.deadRuns == 0 && counts.pendingTimers == 0
  }

  private typealias Act = (weight: Int, act: (inout DiscardingTaskGroup) async -> Void)

  private var clusterActs: [Act] {
    [
      (cluster.killWeight, { _ in self.armBlow(self.chance.percent(60) ? .kill : .vanish) }),
      (cluster.hangWeight, { _ in self.armBlow(.hang) }),
      (cluster.cutOffWeight, { _ in self.cutOffOne() }),
      (cluster.peerWeight, { _ in self.partPeers() }),
      (cluster.joinWeight, { _ in self.joinOne() }),
      (cluster.leaveWeight, { _ in self.leaveOne() }),
      (cluster.blackoutWeight, { _ in self.blackOut() }),
    ]
  }

  private func step(_ group: inout DiscardingTaskGroup) async {
    guard let project = chance.pick(projects) else { return }
    let customer = "c\(chance.int(1...plan.customerCount))"
    let actions: [Act] = [
      (38, { group in self.customerWrites(customer, project, &group) }),
      (16, { _ in self.operatorWrites(customer, project) }),
      (6, { group in self.channelEchoes(project, &group) }),
      (3, { group in self.ownerWrites(customer, project, &group) }),
      (5, { group in self.customerEdits(customer, project, &group) }),
      (3, { _ in self.deleteThread(customer, project) }),
      (4, { _ in await self.mendOne() }),
      (self.cluster.isShared ? 0 : self.plan.crashWeight, { _ in self.armCrash() }),
      (self.plan.crashWeight / 4, { _ in self.stopInOrder() }),
      (self.plan.diskTroubleWeight, { _ in self.spoilDisk() }),
      (self.plan.stormWeight, { _ in self.storm(project) }),
      (self.plan.clockJumpWeight, { _ in self.setClock() }),
      (self.plan.publishWeight, { _ in await self.publish(project) }),
      (12, { _ in await self.time.sleep(self.chance.milliseconds(1_000...25_000)) }),
    ] + (cluster.isShared ? clusterActs : [])
    var ticket = chance.int(0...(actions.reduce(0) { $0 + $1.weight } - 1))
    for action in actions {
      if ticket < action.weight {
        await action.act(&group)
        break
      }
      ticket -= action.weight
    }
    if chance.percent(60) { await time.sleep(chance.milliseconds(0...1_500)) }
  }
}
