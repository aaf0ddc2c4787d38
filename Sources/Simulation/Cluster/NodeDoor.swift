//! Where one node of several takes webhooks in: its own, and those that another node sends on. What a machine that
//! hangs was asked meanwhile it answers when it goes on, to nobody.
import FlowEngine
import JournalCore
import SwitchboardSDK

final class NodeDoor: Sendable {
  private struct Request: Sendable {
    var batch: [SourceEvent]
    var connection: String
    var project: String
    var isForwarded: Bool
    var reply: Reply
  }

  private let node: SimulatedNode
  private let life: NodeLife
  private let world: SimulatedWorld
  private let receivers: NodeReceivers
  private let requests: AsyncStream<Request>
  private let arrivals: AsyncStream<Request>.Continuation
  /// As the program's own forwarder has it.
  private static let forwardMilliseconds: Int64 = 4_000
  private static let looks = 20
  private static let pauseMilliseconds: Int64 = 150

  init(node: SimulatedNode, life: NodeLife, world: SimulatedWorld, receivers: NodeReceivers) {
    self.node = node
    self.life = life
    self.world = world
    self.receivers = receivers
    (requests, arrivals) = AsyncStream.makeStream()
  }

  /// Asked by a source, or by another node. Nil when no answer came in time; false when it is not taken.
  func receive(_ batch: [SourceEvent], isForwarded: Bool, patienceMilliseconds: Int64) async -> Bool? {
    guard let first = batch.first else { return false }
    let reply = Reply()
    arrivals.yield(
      Request(
        batch: batch, connection: first.connection, project: first.project, isForwarded: isForwarded, reply: reply))
    return await reply.wait(milliseconds: patienceMilliseconds, world.time)
  }

  func run(_ engine: Engine) async {
    await withDiscardingTaskGroup { group in
      for await request in requests {
        group.addTask {
          let isTaken = await self.answer(request, engine)
          if self.life.isAlive { request.reply.give(isTaken) }
        }
      }
    }
  }

  private func answer(_ request: Request, _ engine: Engine) async -> Bool {
    for _ in 0..<Self.looks {
      if receivers.enter(request.connection) {
        defer { receivers.leave(request.connection) }
        return await take(request, engine)
      }
      if !request.isForwarded, let address = engine.membership?.address(ofHolderOf: request.connection) {
        return await forward(request, to: address)
      }
      guard !Task.isCancelled, life.isAlive else { return false }
      await world.time.sleep(Self.pauseMilliseconds)
    }
    return false
  }

  private func take(_ request: Request, _ engine: Engine) async -> Bool {
    world.witness.received(request.connection, by: life)
    do throws(JournalError) {
      try await engine.intake.accept(
        request.batch.map(\.event), connection: request.connection, project: request.project)
      return true
    } catch {
      world.trace.note("not taken", Int64(request.batch.first?.number ?? 0), 0, error.code.rawValue, by: life.name)
      return false
    }
  }

  private func forward(_ request: Request, to address: String) async -> Bool {
    guard let peer = world.nodes.first(where: { $0.name == address }), let door = peer.door,
      !world.areParted(node, peer)
    else { return false }
    world.trace.note("forwards", Int64(request.batch.first?.number ?? 0), 0, "to \(address)", by: life.name)
    world.figures.forwards += 1
    let answer = await door.receive(
      request.batch, isForwarded: true, patienceMilliseconds: Self.forwardMilliseconds)
    return answer ?? false && !world.areParted(node, peer)
  }
}
