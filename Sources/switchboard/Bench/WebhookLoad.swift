//! The load side of the benchmark: keep-alive HTTP/1.1 connections on blocking sockets, one thread each, so that
//! the generator costs the machine as little as it can.
import Foundation
import Glibc
import Synchronization

/// What one load run saw.
struct LoadResult: Sendable {
  var answered: Int
  var refused: Int
  var seconds: Double
  /// Nanoseconds from the scheduled (open loop) or actual (closed loop) send to the answer, sorted.
  var latencies: [Int64]

  var rate: Double { seconds > 0 ? Double(answered) / seconds : 0 }

  func latencyMilliseconds(percentile: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    let rank = Int(exactly: (Double(latencies.count - 1) * percentile / 100).rounded()) ?? 0
    return Double(latencies[rank]) / 1_000_000
  }
}

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

  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func pause(until moment: Int64) {
    var time = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
  }
}

/// One blocking keep-alive connection; closed with the value's last copy going out of use in its thread.
private final class LoadSocket {
  private let descriptor: Int32
  private var pending: [UInt8] = []

  init?(port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return nil }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// The answer's status; nil when the connection broke.
  func exchange(_ request: [UInt8]) -> Int? {
    var sent = 0
    while sent < request.count {
      let wrote = request[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard wrote > 0 else { return nil }
      sent += wrote
    }
    while true {
      if let answer = LoadAnswer(pending) {
        pending.removeFirst(answer.length)
        return answer.status
      }
      var chunk = [UInt8](repeating: 0, count: 16_384)
      let got = recv(descriptor, &chunk, chunk.count, 0)
      guard got > 0 else { return nil }
      pending += chunk[..<got]
    }
  }
}

/// A whole HTTP answer with a Content-Length at the start of the bytes.
private struct LoadAnswer {
  var status: Int
  var length: Int

  init?(_ bytes: [UInt8]) {
    guard let head = Self.headEnd(bytes) else { return nil }
    let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
    let parts = lines.first?.split(separator: " ") ?? []
    guard parts.count >= 2, let status = Int(parts[1]) else { return nil }
    var body = 0
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-length" else { continue }
      body = Int(line[line.index(after: colon)...].drop { $0 == " " }) ?? 0
    }
    guard bytes.count >= head + 4 + body else { return nil }
    self.status = status
    self.length = head + 4 + body
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (0...(bytes.count - 4)).first {
      bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
    }
  }
}
