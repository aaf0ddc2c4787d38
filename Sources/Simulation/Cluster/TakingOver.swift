//! Ten seconds after a node was last heard of, what it held is with others: looked at whenever nothing else
//! happened meanwhile that would excuse them.
import JournalCore

extension SimulatedWorld {
  private static let promisedMilliseconds: Int64 = 10_000

  func watchTakingOver(from node: SimulatedNode) {
    // A slow disk is slow for the nodes' beats as well: the promise is given for one that is not.
    guard let number = node.life.number, plan.slowWritePercent < 10, !hasClockJumped else { return }
    let held = witness.cluster.holders.filter { $0.value == number }.map(\.key)
    let began = time.milliseconds
    addChore { [self] in
      await time.sleep(Self.promisedMilliseconds)
      guard !held.isEmpty, isFit(since: began, but: node) else { return }
      let free = held.filter { resource in
        guard let holder = witness.cluster.holders[resource] else { return true }
        return witness.cluster.expiry[holder, default: 0] <= time.milliseconds
      }
      figures.takeOvers += 1
      guard !free.isEmpty else { return }
      witness.broken(.takenOver, "\(free.count) of \(held.count) that node \(number) held, \(free[0].name) among them")
    }
  }

  /// All others were there all the time, or were not there at all; and nothing was wrong with the store.
  private func isFit(since moment: Int64, but node: SimulatedNode) -> Bool {
    guard disk.hasBeenWell(since: moment) else { return false }
    let others = nodes.filter { $0 !== node }
    return others.contains { $0.isSteady(since: moment) }
      && others.allSatisfy { $0.isSteady(since: moment) || $0.isUnknown(since: moment) }
      && node.isUnheard(since: moment)
  }
}

extension SimulatedNode {
  fileprivate func isSteady(since moment: Int64) -> Bool {
    engine != nil && life.isAlive && !isHanging && !isStopping && steadySince < moment
  }

  /// No other node has reckoned with it since.
  fileprivate func isUnknown(since moment: Int64) -> Bool {
    isAway && engine == nil && steadySince < moment - 10_000
      && !world.witness.cluster.names.contains { $0.value == name && world.witness.cluster.expiry[$0.key] != nil }
  }

  /// It has not come back meanwhile, which would change everybody's share.
  fileprivate func isUnheard(since moment: Int64) -> Bool { steadySince < moment || isHanging || link.isCut }
}
