//! What several handles of a journal in memory share: the tables, the simulated disk below them, and a clock.
internal import SwitchboardSDK
internal import Synchronization

final class MemoryStore: Sendable {
  private struct Contents {
    var tables: MemoryTables
    /// The state on the simulated disk; nil when that is always `tables`.
    var synchronised: MemoryTables?
    var isClosed = false
    /// Processes that have surely ended, by the number they had.
    var ended: Set<NodeNumber> = []
    var listeners: [AsyncStream<Void>.Continuation] = []
  }

  private typealias Listener = AsyncStream<Void>.Continuation

  private let contents: Mutex<Contents>
  private let durability: MemoryJournal.Durability
  private let clock: @Sendable () -> Timestamp

  init(tables: MemoryTables, durability: MemoryJournal.Durability, clock: @escaping @Sendable () -> Timestamp) {
    contents = Mutex(Contents(tables: tables, synchronised: durability == .lazy ? tables : nil))
    self.durability = durability
    self.clock = clock
  }

  func now() -> Timestamp { clock() }

  /// The store after its machine has failed; this one is closed.
  func crashed() -> MemoryStore {
    let (survived, numbers) = contents.withLock { contents in
      contents.isClosed = true
      return (contents.synchronised ?? contents.tables, Set(contents.tables.nodes.keys))
    }
    let next = MemoryStore(tables: survived, durability: durability, clock: clock)
    next.contents.withLock { $0.ended = numbers }
    return next
  }

  func synchronise() {
    contents.withLock { contents in
      if contents.synchronised != nil { contents.synchronised = contents.tables }
    }
  }

  func write<Answer: Sendable>(
    _ change: (inout MemoryTables) throws(JournalError) -> Answer
  ) -> Result<Answer, JournalError> {
    let (result, listeners) = contents.withLock { contents -> (Result<Answer, JournalError>, [Listener]) in
      guard !contents.isClosed else { return (.failure(MemoryJournal.closed), []) }
      let handedOver = contents.tables.handedOver.count
      let leases = contents.tables.leases.count
      let result: Result<Answer, JournalError>
      do throws(JournalError) { result = .success(try change(&contents.tables)) } catch { result = .failure(error) }
      let hasNews = contents.tables.handedOver.count > handedOver || contents.tables.leases.count < leases
      return (result, hasNews ? contents.listeners : [])
    }
    for listener in listeners { listener.yield() }
    return result
  }

  func read<Answer: Sendable>(_ question: (borrowing MemoryTables) -> Answer) throws(JournalError) -> Answer {
    let answer: Answer? = contents.withLock { contents in contents.isClosed ? nil : question(contents.tables) }
    guard let answer else { throw MemoryJournal.closed }
    return answer
  }

  /// One hint stands for any number that were not looked at.
  func hints() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    contents.withLock { $0.listeners.append(continuation) }
    return stream
  }

  func noteEnded(_ number: NodeNumber) { contents.withLock { _ = $0.ended.insert(number) } }

  func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) throws(JournalError) -> NodeNumber {
    let ended = contents.withLock { $0.ended }
    let moment = now()
    return try write { tables throws(JournalError) in
      try tables.join(
        node, replacing: previous, leaseMilliseconds: leaseMilliseconds, now: moment,
        hasEnded: { ended.contains($0) })
    }.get()
  }
}
