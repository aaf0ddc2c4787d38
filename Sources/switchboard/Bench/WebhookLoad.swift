//! The load side of the benchmark: keep-alive HTTP/1.1 connections on blocking sockets, one thread each, so that
//! the generator costs the machine as little as it can.
import Dispatch
import Foundation
import Glibc
import Synchronization

struct WebhookLoad: Sendable {
  let port: UInt16
  let path: String
  let headers: [String]
  let connections: Int
  /// The body of message number n.
  let body: @Sendable (Int) -> String

  /// Sends `count` requests. With `ratePerSecond` in open loop: each has its own moment, and a late answer counts
  /// from there (no coordinated omission); else each connection sends as soon as it has its answer.
  func run(first: Int, count: Int, ratePerSecond: Double?) -> LoadResult {
    let next = Atomic<Int>(0)
    let results = Mutex<[WorkerResult]>([])
    let startedAt = Self.now()
    withThreads(connections) {
      let worker = work(next: next, first: first, count: count, ratePerSecond: ratePerSecond, startedAt: startedAt)
      results.withLock { $0.append(worker) }
    }
    let seconds = Double(Self.now() - startedAt) / 1_000_000_000
    let all = results.withLock { $0 }
    return LoadResult(
      answered: all.reduce(0) { $0 + $1.latencies.count }, refused: all.reduce(0) { $0 + $1.refused },
      seconds: seconds, latencies: all.flatMap(\.latencies).sorted())
  }

  private struct WorkerResult: Sendable {
    var latencies: [Int64] = []
    var refused = 0
  }

  private func work(
    next: borrowing Atomic<Int>, first: Int, count: Int, ratePerSecond: Double?, startedAt: Int64
  ) -> WorkerResult {
    var result = WorkerResult()
    guard var socket = LoadSocket(port: port) else {
      result.refused = 1
      return result
    }
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < count else { return result }
      var scheduled = Self.now()
      if let ratePerSecond {
        scheduled = startedAt + (Int64(exactly: (Double(number) / ratePerSecond * 1e9).rounded()) ?? 0)
        Self.pause(until: scheduled)
      }
      let status = socket.exchange(request(body(first + number)))
      if status == 200 {
        result.latencies.append(Self.now() - scheduled)
      } else {
        result.refused += 1
        guard let fresh = LoadSocket(port: port) else { return result }
        socket = fresh
      }
    }
  }

  private func request(_ body: String) -> [UInt8] {
    var head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
    for header in headers { head += header + "\r\n" }
    head += "Content-Length: \(body.utf8.count)\r\n\r\n"
    return Array(head.utf8) + Array(body.utf8)
  }

  private func withThreads(_ count: Int, _ work: @escaping @Sendable () -> Void) {
    DispatchQueue.concurrentPerform(iterations: 1) { _ in
      let group = DispatchGroup()
      for _ in 0..<count {
        group.enter()
        Thread {
          work()
          group.leave()
        }.start()
      }
      group.wait()
    }
  }

  /// Nanoseconds of CLOCK_MONOTONIC, by which DispatchTime counts.
  static func now() -> Int64 { Int64(clamping: DispatchTime.now().uptimeNanoseconds) }

  private static func pause(until moment: Int64) {
    let left = (moment - now()) / 1_000
    if left > 0 { usleep(UInt32(clamping: left)) }
  }
}
