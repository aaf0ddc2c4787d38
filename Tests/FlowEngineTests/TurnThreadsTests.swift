import Synchronization
import Testing

@testable import FlowEngine

@Suite struct TurnThreadsTests {
  private final class Order: Sendable {
    let names = Mutex<[String]>([])
    func note(_ name: String) { names.withLock { $0.append(name) } }
    var all: [String] { names.withLock { $0 } }
  }

  /// Holds a thread as long as the test wants.
  private final class Gate: Sendable {
    let isHolding = Atomic<Bool>(false)
    let isOpen = Atomic<Bool>(false)
    func hold() {
      isHolding.store(true, ordering: .releasing)
      while !isOpen.load(ordering: .acquiring) {}
    }
  }

  @Test func `a quiet project's job runs after one of the loud one, however many those are`() async {
    let threads = TurnThreads(count: 1)
    let order = Order()
    let gate = Gate()
    await withTaskGroup(of: Void.self) { group in
      // The only thread is held until all the others are in their lines.
      group.addTask(executorPreference: threads.executor(of: "holder")) { gate.hold() }
      while !gate.isHolding.load(ordering: .acquiring), !Task.isCancelled { await Task.yield() }
      for _ in 0..<200 {
        group.addTask(executorPreference: threads.executor(of: "loud")) { order.note("loud") }
      }
      group.addTask(executorPreference: threads.executor(of: "quiet")) { order.note("quiet") }
      gate.isOpen.store(true, ordering: .releasing)
    }
    #expect(order.all.count == 201)
    #expect(order.all.firstIndex(of: "quiet").map { $0 <= 1 } == true)
    threads.stop()
  }

  @Test func `a project's jobs stay on the threads through awaits, and go on elsewhere once these are stopped`() async {
    let threads = TurnThreads(count: 2)
    #expect(!threads.isOnOwnThread)
    await withTaskExecutorPreference(threads.executor(of: "shop")) {
      #expect(threads.isOnOwnThread)
      await Task.yield()
      #expect(threads.isOnOwnThread)
      threads.stop()
      await Task.yield()
      #expect(!threads.isOnOwnThread)
    }
    let answer = await withTaskExecutorPreference(threads.executor(of: "shop")) { 7 }
    #expect(answer == 7)
  }

  @Test func `many tasks of many projects all come to their end`() async {
    let threads = TurnThreads(count: 2)
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 0..<2_000 {
        group.addTask(executorPreference: threads.executor(of: "p\(number % 7)")) {
          for _ in 0..<5 { await Task.yield() }
          return number
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 1_999_000)
    threads.stop()
  }

  @Test func `a project alone stays on the runtime's threads; two take turns until one has long been silent`() {
    let threads = TurnThreads(count: 1)
    for _ in 0..<10 { #expect(threads.executorIfShared(by: "a") == nil) }
    let quiet = threads.executorIfShared(by: "b")
    let loud = threads.executorIfShared(by: "a")
    #expect(quiet != nil && loud != nil && quiet !== loud)
    #expect(threads.executorIfShared(by: "a") === loud)
    for _ in 0..<TurnThreads.callsRemembered { _ = threads.executorIfShared(by: "a") }
    #expect(threads.executorIfShared(by: "a") == nil)
    threads.stop()
  }
}
