//! A server of bare sockets that answers byte for byte what a test wants, broken answers included.
internal import Glibc
internal import Synchronization

/// Listens on loopback; one thread accepts, one thread serves each connection. Stops with `stop()` or when dropped.
final class RawServer: Sendable {
  /// Serves one connection; the descriptor is closed afterwards.
  typealias Script = @Sendable (RawConnection) -> Void

  struct Counts: Sendable, Equatable {
    var connections = 0
    var requests = 0
  }

  let port: UInt16
  private let listener: Int32
  private let shared: Shared

  final class Shared: Sendable {
    let counts = Mutex(Counts())
    let open = Mutex<Set<Int32>>([])
    let isStopped = Mutex(false)
    let script: Script
    init(script: @escaping Script) { self.script = script }
  }

  init(_ script: @escaping Script) throws {
    shared = Shared(script: script)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw SocketFailure(number: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = self.listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 4_096) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard bound else { throw SocketFailure(number: errno) }
    port = UInt16(bigEndian: address.sin_port)
    let shared = self.shared
    try Self.onThread {
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        shared.counts.withLock { $0.connections += 1 }
        _ = shared.open.withLock { $0.insert(descriptor) }
        let serve: @Sendable () -> Void = {
          shared.script(RawConnection(descriptor: descriptor, shared: shared))
          _ = shared.open.withLock { $0.remove(descriptor) }
          close(descriptor)
        }
        do { try Self.onThread(serve) } catch { close(descriptor) }
      }
      close(listener)
    }
  }

  deinit { stop() }

  func stop() {
    // The second time the descriptor may already be somebody else's.
    let wasStopped = shared.isStopped.withLock { stopped in
      defer { stopped = true }
      return stopped
    }
    guard !wasStopped else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    shared.open.withLock { open in for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  var counts: Counts { shared.counts.withLock { $0 } }
  var url: String { "http://127.0.0.1:\(port)" }

  private static func onThread(_ body: @escaping @Sendable () -> Void) throws {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    guard failure == 0 else {
      box.release()
      throw SocketFailure(number: failure)
    }
    pthread_detach(thread)
  }
}

struct SocketFailure: Error { let number: Int32 }

struct RawConnection: Sendable {
  let descriptor: Int32
  let shared: RawServer.Shared

  /// The next request, head and body as they came, or nil when the client has left.
  func request() -> RawRequest? {
    var bytes: [UInt8] = []
    while true {
      if let request = RawRequest(bytes) {
        shared.counts.withLock { $0.requests += 1 }
        return request
      }
      guard let more = read() else { return nil }
      bytes += more
    }
  }

  func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }

  func answer(_ body: String, status: Int = 200, headers: String = "") {
    write("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// Closes our half: the client finds the connection ended.
  func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Blocks until the client leaves: a server that never answers.
  func waitForEnd() { while read() != nil {} }
}

/// A request with a `Content-Length` body or none.
struct RawRequest: Sendable {
  let head: String
  let body: [UInt8]

  init?(_ bytes: [UInt8]) {
    let end = Array("\r\n\r\n".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
    let head = String(decoding: bytes[..<start], as: UTF8.self)
    var length = 0
    for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
      length = Int(line.dropFirst(15).filter { $0 != " " }) ?? 0
    }
    guard bytes.count >= start + 4 + length else { return nil }
    self.head = head
    self.body = Array(bytes[(start + 4)..<(start + 4 + length)])
  }

  var line: String { String(head.prefix { $0 != "\r\n" }) }
}
