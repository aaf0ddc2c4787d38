//! A client that sends exactly the bytes it is told to: a well-behaved HTTP library could not misbehave for us.
import Foundation

struct RawAnswer: Sendable, Equatable {
  var status: Int
  /// Lower-case names.
  var headers: [String: String]
  var body: String
}

/// One blocking connection; use it only inside `offPool`.
final class RawClient {
  private let descriptor: Int32
  private var received: [UInt8] = []

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw POSIXError(.ECONNREFUSED) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// False when the peer has closed.
  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let sent = bytes[offset...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      offset += sent
    }
    return true
  }

  /// The next answer, or nil when the connection ended first.
  func answer(toHead: Bool = false) -> RawAnswer? {
    while true {
      if let (answer, length) = Self.parse(received, toHead: toHead) {
        received.removeFirst(length)
        return answer
      }
      guard fill() else { return nil }
    }
  }

  /// Whether the server ends the connection without a further answer.
  func isEnded() -> Bool {
    received.isEmpty && !fill() && errno != EAGAIN
  }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    errno = 0
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    received += chunk[..<count]
    return true
  }

  private static func parse(_ bytes: [UInt8], toHead: Bool) -> (RawAnswer, Int)? {
    guard let end = (0...max(0, bytes.count - 4)).first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) })
    else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let statusWords = lines[0].split(separator: " ")
    guard statusWords.count > 1, let status = Int(statusWords[1]) else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let length = toHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
    guard bytes.count >= end + 4 + length else { return nil }
    let body = String(decoding: bytes[(end + 4)..<(end + 4 + length)], as: UTF8.self)
    return (RawAnswer(status: status, headers: headers, body: body), end + 4 + length)
  }
}

/// Runs blocking work on a thread of its own, so that it never takes one from the server under test.
func offPool<Outcome: Sendable>(_ work: @escaping @Sendable () throws -> Outcome) async throws -> Outcome {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}
