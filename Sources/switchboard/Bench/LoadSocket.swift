//! A client connection that costs the machine little: blocking, kept alive, one request at a time.
import Glibc

/// One blocking keep-alive connection; closed with the value's last copy going out of use in its thread.
final class LoadSocket {
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
