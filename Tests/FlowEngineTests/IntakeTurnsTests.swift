import Synchronization
import Testing

@testable import FlowEngine

@Suite struct IntakeTurnsTests {
  /// Who got a turn, in their order.
  private final class Entered: Sendable {
    let names = Mutex<[String]>([])
    func note(_ name: String) { names.withLock { $0.append(name) } }
    var all: [String] { names.withLock { $0 } }
  }

  @Test func `a quiet project's event waits for one of a loud one, not for all of them`() async {
    let turns = IntakeTurns(atOnce: 1, waitingMax: 100)
    #expect(await turns.enter("loud"))
    let entered = Entered()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask { if await turns.enter("loud") { entered.note("loud \(number)") } }
      }
      while turns.waiting < 50, !Task.isCancelled { await Task.yield() }
      group.addTask { if await turns.enter("quiet") { entered.note("quiet") } }
      while turns.waiting < 51, !Task.isCancelled { await Task.yield() }
      for count in 1...51 {
        turns.leave()
        while entered.all.count < count, !Task.isCancelled { await Task.yield() }
      }
    }
    #expect(entered.all.firstIndex(of: "quiet").map { $0 <= 1 } == true, "\(entered.all.prefix(3))")
    #expect(entered.all.count == 51)
  }

  @Test func `who sends more than may wait is refused at once, and nobody else is`() async {
    let turns = IntakeTurns(atOnce: 1, waitingMax: 3)
    #expect(await turns.enter("loud"))
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 { group.addTask { await turns.enter("loud") } }
      while turns.waiting < 3, !Task.isCancelled { await Task.yield() }
      #expect(await turns.enter("loud") == false)
      group.addTask { await turns.enter("quiet") }
      while turns.waiting < 4, !Task.isCancelled { await Task.yield() }
      for _ in 0..<4 { turns.leave() }
      for await hasTurn in group { #expect(hasTurn) }
    }
    // All have left but the last: there is room for one again.
    turns.leave()
    #expect(await turns.enter("loud"))
  }
}
