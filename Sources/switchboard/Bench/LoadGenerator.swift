//! The load side of the benchmark: webhooks over keep-alive connections, all on one thread, in as few instructions
//! as will do, because generator and engine share the machine.
import Glibc

struct LoadGenerator: Sendable {
  var port: UInt16
  var messages: BenchMessages
  var connections: Int

  /// A keep-alive connection with at most one request under way.
  private struct Wire {
    var descriptor: Int32
    var received = HTTPBytes()
    var isBusy = false
    /// When its request was, or should have been, sent.
    var scheduledAt: Int64 = 0
  }

  /// Sends messages `first ..< first + count`. With `ratePerSecond` in open loop: each has its own moment, and a late
  /// answer counts from there (no coordinated omission); else each connection sends as soon as it has its answer.
  /// Blocks. Ends early when nothing is answered for 20 s.
  func run(first: Int, count: Int, ratePerSecond: Double?) -> LoadResult {
    var result = LoadResult()
    let processorBefore = BenchThread.processorSeconds()
    guard let epoll = Epoll() else { return result }
    var wires: [Wire] = []
    for index in 0..<connections {
      guard let descriptor = LoopbackSocket.connected(port: port) else { break }
      epoll.add(descriptor, tag: UInt32(index))
      wires.append(Wire(descriptor: descriptor))
    }
    defer { for wire in wires where wire.descriptor >= 0 { close(wire.descriptor) } }
    guard !wires.isEmpty else { return result }
    result.latencies.reserveCapacity(count)
    var free = Array(wires.indices.reversed())
    let startedAt = BenchThread.now()
    var lastAnswerAt = startedAt
    var sent = 0
    while result.answered + result.refused < count {
      var wait: Int64 = 1_000_000_000
      while sent < count, let index = free.last {
        let now = BenchThread.now()
        let due = ratePerSecond.map { startedAt + Self.nanoseconds(sent, at: $0) } ?? now
        guard due <= now else {
          wait = min(wait, due - now)
          break
        }
        free.removeLast()
        wires[index].scheduledAt = due
        wires[index].isBusy = true
        let isSent = HTTPBytes.send(messages.request(first + sent, sentAt: due), to: wires[index].descriptor)
        sent += 1
        if !isSent { Self.replace(index, &wires, &free, &result, in: epoll, port: port) }
      }
      epoll.wait(nanoseconds: wait) { tag in
        let index = Int(tag)
        guard wires[index].received.receive(from: wires[index].descriptor) else {
          return Self.replace(index, &wires, &free, &result, in: epoll, port: port)
        }
        let scheduledAt = wires[index].scheduledAt
        var isAnswered = false
        wires[index].received.takeMessages { answer in
          isAnswered = true
          lastAnswerAt = BenchThread.now()
          if HTTPBytes.number(in: answer.head, from: 9) == 200 {
            result.answered += 1
            result.latencies.append(lastAnswerAt - scheduledAt)
          } else {
            result.refused += 1
          }
        }
        guard isAnswered else { return }
        wires[index].isBusy = false
        free.append(index)
      }
      if BenchThread.now() - lastAnswerAt > 20_000_000_000 { break }
    }
    result.latencies.sort()
    result.seconds = Double(lastAnswerAt - startedAt) / 1e9
    result.processorSeconds = BenchThread.processorSeconds() - processorBefore
    return result
  }

  /// Connects anew in the place of a broken connection; its request counts as refused.
  private static func replace(
    _ index: Int, _ wires: inout [Wire], _ free: inout [Int], _ result: inout LoadResult, in epoll: Epoll, port: UInt16
  ) {
    close(wires[index].descriptor)
    if wires[index].isBusy { result.refused += 1 } else { free.removeAll { $0 == index } }
    guard let descriptor = LoopbackSocket.connected(port: port) else {
      wires[index].descriptor = -1
      return
    }
    epoll.add(descriptor, tag: UInt32(index))
    wires[index] = Wire(descriptor: descriptor)
    free.append(index)
  }

  private static func nanoseconds(_ number: Int, at ratePerSecond: Double) -> Int64 {
    Int64(exactly: (Double(number) / ratePerSecond * 1e9).rounded()) ?? 0
  }
}
