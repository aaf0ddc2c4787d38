//! Writes that wait for the next transaction of a store. While several projects write, they take turns in it and it
//! stays short: one project's storm holds up another's message for some dozens of rows, not for hundreds.

package struct FairQueue<Caller: Sendable>: Sendable {
  fileprivate struct Line {
    var writes: [JournalWrite] = []
    var callers: [Caller] = []
    /// Those before it have been taken.
    var head = 0
    /// The transaction that was being gathered when this line was last added to.
    var lastAddedTo = 0
    var count: Int { writes.count - head }

    mutating func takeAll() -> (writes: [JournalWrite], callers: [Caller]) {
      defer { (writes, callers, head) = ([], [], 0) }
      return head == 0 ? (writes, callers) : (Array(writes[head...]), Array(callers[head...]))
    }
  }
  /// More in one transaction would only make the first of them wait longer for its answer.
  package static var writesMax: Int { 256 }
  /// The same while several projects write: a transaction of so many takes about as long as its sync.
  package static var writesMaxOfMany: Int { 32 }
  /// A project that has written nothing for so many transactions is not waited for.
  private static var transactionsRemembered: Int { 256 }

  private var lines: [String: Line] = [:]
  private var order: [String] = []
  private var firstInTurn = 0
  private var transactions = 0
  /// Writes that wait.
  package private(set) var count = 0

  package init() {}

  /// Whether more than one project has written lately.
  package var isShared: Bool { order.count > 1 }

  package mutating func add(_ write: JournalWrite, _ caller: Caller) {
    let project = write.project
    if lines[project] == nil { order.append(project) }
    lines[project, default: Line()].writes.append(write)
    lines[project, default: Line()].callers.append(caller)
    lines[project, default: Line()].lastAddedTo = transactions
    count += 1
  }

  /// What the next transaction carries; empty when nothing waits. Of one project's writes none overtakes another.
  /// - Parameter bytesMax: of all of them together, but for the first.
  package mutating func take(bytesMax: Int = .max) -> (writes: [JournalWrite], callers: [Caller]) {
    transactions += 1
    guard isShared else { return takeAlone(bytesMax) }
    forgetSilent()
    var taken: (writes: [JournalWrite], callers: [Caller]) = ([], [])
    var bytes = 0
    var silent = 0
    let room = isShared ? Self.writesMaxOfMany : Self.writesMax
    while taken.writes.count < min(room, taken.writes.count + count), silent < order.count {
      firstInTurn = (firstInTurn + 1) % order.count
      guard let (write, caller) = lines[order[firstInTurn]]?.next(within: bytesMax - bytes, isFirst: bytes == 0) else {
        silent += 1
        continue
      }
      silent = 0
      count -= 1
      bytes += write.approximateBytes
      taken.writes.append(write)
      taken.callers.append(caller)
    }
    return taken
  }

  /// Whoever waits, and nobody waits any more.
  package mutating func removeAll() -> [Caller] {
    let callers = order.flatMap { project in lines[project]?.takeAll().callers ?? [] }
    (lines, order, count) = ([:], [], 0)
    return callers
  }

  private mutating func takeAlone(_ bytesMax: Int) -> (writes: [JournalWrite], callers: [Caller]) {
    guard count > 0, let project = order.first, var line = lines.removeValue(forKey: project) else { return ([], []) }
    defer { lines[project] = line }
    if count <= Self.writesMax, bytesMax == .max {
      count = 0
      return line.takeAll()
    }
    var taken: (writes: [JournalWrite], callers: [Caller]) = ([], [])
    var bytes = 0
    while taken.writes.count < Self.writesMax,
      let (write, caller) = line.next(within: bytesMax - bytes, isFirst: bytes == 0)
    {
      bytes += write.approximateBytes
      taken.writes.append(write)
      taken.callers.append(caller)
    }
    count -= taken.writes.count
    return taken
  }

  private mutating func forgetSilent() {
    let latest = transactions - Self.transactionsRemembered
    guard lines.values.contains(where: { $0.count == 0 && $0.lastAddedTo < latest }) else { return }
    lines = lines.filter { $0.value.count > 0 || $0.value.lastAddedTo >= latest }
    order.removeAll { [lines] in lines[$0] == nil }
    firstInTurn = 0
  }
}

extension FairQueue.Line {
  fileprivate mutating func next(within bytes: Int, isFirst: Bool) -> (JournalWrite, Caller)? {
    guard head < writes.count else { return nil }
    guard isFirst || writes[head].approximateBytes <= bytes else { return nil }
    defer {
      head += 1
      if head == writes.count {
        writes.removeAll(keepingCapacity: true)
        callers.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 1_024 {
        writes.removeFirst(head)
        callers.removeFirst(head)
        head = 0
      }
    }
    return (writes[head], callers[head])
  }
}

extension JournalWrite {
  /// On whose behalf it is made; empty where that is not known.
  var project: String {
    switch self {
    case .append(let records): records.first?.project ?? ""
    case .commit(let change): change.project
    default: ""
    }
  }

  /// What it takes in a statement, roughly.
  var approximateBytes: Int {
    switch self {
    case .append(let records): records.reduce(0) { $0 + $1.payload.count + 500 }
    case .commit(let change):
      change.deliveries.reduce(change.state?.count ?? 0) { sum, delivery in
        if case .insert(let new) = delivery { sum + new.request.count + 200 } else { sum + 200 }
      }
    default: 200
    }
  }
}
