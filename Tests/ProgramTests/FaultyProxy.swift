//! Stands between the engine and a peer, and misbehaves on command: as a line (cut, silent, slow), or for single HTTP
//! requests, which it answers with whatever bytes a test wants.
import Foundation
import Glibc
import Synchronization

final class FaultyProxy: Sendable {
  /// What the line does, for all connections.
  enum Line: Sendable, Equatable {
    case passes
    /// Takes connections and bytes, and passes nothing on: half-open.
    case silent
    /// So many bytes of the peer's in a tenth of a second.
    case slow(Int)
    /// Nobody listens: RST at once, and for what is open.
    case down
  }

  /// What becomes of one request.
  enum Misdeed: Sendable {
    /// Not performed; these bytes instead, then the end of the connection.
    case answers(String)
    /// Not performed; the head, then zeros as long as the client takes them, a gigabyte at most.
    case floods(head: String)
    /// Not performed; RST without a byte.
    case resets
    /// Not performed; never answered.
    case ignores
    /// Performed; so many bytes of the answer, then the end or RST.
    case cuts(after: Int, resets: Bool)
    /// Performed; the answer comes byte by byte, one in a tenth of a second.
    case drips
  }

  struct Seen: Sendable {
    var text: String
    var at: ContinuousClock.Instant
  }

  let port: Int
  private let listener: Socket
  private let shared: Shared

  final class Shared: Sendable {
    let upstreamPort: Int
    let readsHTTP: Bool
    let line = Mutex(Line.passes)
    let plan = Mutex<[(mark: String, misdeed: Misdeed)]>([])
    let seen = Mutex<[Seen]>([])
    let open = Mutex<[Int32: Socket]>([:])
    let isStopped = Mutex(false)

    init(upstreamPort: Int, readsHTTP: Bool) {
      self.upstreamPort = upstreamPort
      self.readsHTTP = readsHTTP
    }

    /// The misdeed for a request that contains its mark; each comes once.
    func misdeed(for request: String) -> Misdeed? {
      plan.withLock { plan in
        guard let index = plan.firstIndex(where: { request.contains($0.mark) }) else { return nil }
        return plan.remove(at: index).misdeed
      }
    }

    /// Blocks while the line is silent. False once it is down.
    func waitForLine() -> Bool {
      while true {
        if isStopped.withLock({ $0 }) { return false }
        switch line.withLock({ $0 }) {
        case .silent: FaultyProxy.pause(10)
        case .down: return false
        case .passes, .slow: return true
        }
      }
    }

    func keep(_ socket: Socket) { open.withLock { $0[socket.descriptor] = socket } }

    /// Once nobody uses it any more: its number will be somebody else's.
    func close(_ socket: Socket) {
      open.withLock { open in
        if open.removeValue(forKey: socket.descriptor) != nil { socket.closeNow() }
      }
    }
  }

  /// With `readsHTTP`, requests are read whole before they are passed on, and `plan` may name them.
  init(to upstreamPort: Int, readsHTTP: Bool = true) throws {
    (listener, port) = try Socket.listening()
    shared = Shared(upstreamPort: upstreamPort, readsHTTP: readsHTTP)
    let listener = listener
    let shared = shared
    Thread.detachNewThread {
      while let client = listener.accepted() {
        if shared.line.withLock({ $0 == .down }) || shared.isStopped.withLock({ $0 }) {
          client.end(resets: true)
          client.closeNow()
          continue
        }
        shared.keep(client)
        Thread.detachNewThread { ProxiedConnection(client: client, shared: shared).serve() }
      }
      listener.closeNow()
    }
  }

  deinit { stop() }

  var url: String { "http://127.0.0.1:\(port)" }

  func stop() {
    let wasStopped = shared.isStopped.withLock { stopped in
      defer { stopped = true }
      return stopped
    }
    guard !wasStopped else { return }
    listener.end()
    endAll(resets: false)
  }

  func set(_ line: Line) {
    shared.line.withLock { $0 = line }
    if line == .down { endAll(resets: true) }
  }

  /// Cuts what is open; new connections pass.
  func cut(resets: Bool) { endAll(resets: resets) }

  /// The next request that contains the mark meets the misdeed.
  func plan(_ misdeed: Misdeed, for mark: String) { shared.plan.withLock { $0.append((mark, misdeed)) } }

  /// Requests with this text in them, as they came.
  func requests(with text: String) -> [Seen] { shared.seen.withLock { $0.filter { $0.text.contains(text) } } }

  private func endAll(resets: Bool) {
    // Under the lock: a descriptor that is closed meanwhile may be somebody else's.
    shared.open.withLock { open in for socket in open.values { socket.end(resets: resets) } }
  }

  /// Of this thread only; a line's slowness is what is being played.
  static func pause(_ milliseconds: Int32) { poll(nil, 0, milliseconds) }
}

/// One client's connection and the one to the peer behind it.
struct ProxiedConnection {
  let client: Socket
  let shared: FaultyProxy.Shared

  func serve() {
    // A silent line takes the connection: the client must not learn so soon that nobody is there.
    guard shared.waitForLine(), let peer = Socket.connected(to: shared.upstreamPort) else {
      client.end(resets: true)
      return shared.close(client)
    }
    shared.keep(peer)
    let answers = Answers(peer: peer, client: client, shared: shared)
    Thread.detachNewThread { answers.pump() }
    if shared.readsHTTP { passRequests(to: peer, answers) } else { passBytes(to: peer) }
    peer.end()
    answers.leave()
  }

  private func passBytes(to peer: Socket) {
    while let bytes = client.read() {
      guard shared.waitForLine(), peer.write(bytes) else { return }
    }
  }

  private func passRequests(to peer: Socket, _ answers: Answers) {
    var bytes: [UInt8] = []
    while let more = client.read() {
      bytes += more
      while let length = Self.requestLength(bytes) {
        let request = Array(bytes[..<length])
        bytes.removeFirst(length)
        guard shared.waitForLine(), pass(request, to: peer, answers) else { return }
      }
    }
  }

  /// False when this ends the connection.
  private func pass(_ request: [UInt8], to peer: Socket, _ answers: Answers) -> Bool {
    let text = String(decoding: request, as: UTF8.self)
    shared.seen.withLock { $0.append(FaultyProxy.Seen(text: text, at: .now)) }
    switch shared.misdeed(for: text) {
    case nil: return peer.write(request)
    case .answers(let answer)?:
      client.write(answer.utf8)
      client.end()
      return false
    case .floods(let head)?:
      flood(head)
      return false
    case .resets?:
      client.end(resets: true)
      return false
    case .ignores?:
      while client.read() != nil {}
      return false
    case .cuts(let count, let resets)?:
      answers.misbehave(.cut(after: count, resets: resets))
      return peer.write(request)
    case .drips?:
      answers.misbehave(.drip)
      return peer.write(request)
    }
  }

  private func flood(_ head: String) {
    guard client.write(head.utf8) else { return }
    let zeros = [UInt8](repeating: 48, count: 65_536)
    for _ in 0..<16_384 {
      guard client.write(zeros) else { return }
    }
    client.end()
  }

  /// Of the first whole request with a `Content-Length` body or none.
  static func requestLength(_ bytes: [UInt8]) -> Int? {
    let end = Array("\r\n\r\n".utf8)
    guard let head = bytes.firstRange(of: end) else { return nil }
    var body = 0
    for line in String(decoding: bytes[..<head.lowerBound], as: UTF8.self).lowercased().split(separator: "\r\n")
    where line.hasPrefix("content-length:") {
      body = Int(line.dropFirst(15).filter { $0 != " " }) ?? 0
    }
    let length = head.upperBound + body
    return bytes.count >= length ? length : nil
  }
}

/// The peer's bytes on their way to the client.
final class Answers: Sendable {
  enum Mode: Sendable {
    case whole
    case cut(after: Int, resets: Bool)
    case drip
  }

  private let peer: Socket
  private let client: Socket
  private let shared: FaultyProxy.Shared
  private let mode = Mutex(Mode.whole)
  /// Threads that still use the two sockets: one for each direction.
  private let users = Mutex(2)

  init(peer: Socket, client: Socket, shared: FaultyProxy.Shared) {
    self.peer = peer
    self.client = client
    self.shared = shared
  }

  func misbehave(_ mode: Mode) { self.mode.withLock { $0 = mode } }

  /// The last one closes both.
  func leave() {
    let isLast = users.withLock { users in
      users -= 1
      return users == 0
    }
    guard isLast else { return }
    shared.close(peer)
    shared.close(client)
  }

  func pump() {
    defer { leave() }
    while let bytes = peer.read() {
      guard shared.waitForLine(), pass(bytes) else { break }
    }
    client.end()
  }

  private func pass(_ bytes: [UInt8]) -> Bool {
    switch mode.withLock({ $0 }) {
    case .cut(let count, let resets):
      client.write(bytes.prefix(count))
      client.end(resets: resets)
      return false
    case .drip: return slowly(bytes, 1)
    case .whole:
      guard case .slow(let count) = shared.line.withLock({ $0 }) else { return client.write(bytes) }
      return slowly(bytes, max(1, count))
    }
  }

  private func slowly(_ bytes: [UInt8], _ count: Int) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard client.write(rest.prefix(count)) else { return false }
      rest = rest.dropFirst(count)
      FaultyProxy.pause(100)
    }
    return true
  }
}
