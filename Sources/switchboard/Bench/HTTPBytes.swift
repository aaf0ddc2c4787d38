//! A keep-alive HTTP/1.1 peer in as few instructions as will do: for the two ends of the benchmark, whose messages
//! have a Content-Length and come one at a time.
import CLinux
import Glibc

/// The bytes that one connection has received and not used yet.
struct HTTPBytes {
  private(set) var bytes: [UInt8]
  private(set) var count = 0

  /// A whole message at the start: its first line and headers, and its body.
  struct Whole {
    var head: UnsafeRawBufferPointer
    var body: UnsafeRawBufferPointer
  }

  init() { bytes = [UInt8](repeating: 0, count: 16_384) }

  /// Reads what there is. False when the other end has closed, or sends more than anybody should.
  mutating func receive(from descriptor: Int32) -> Bool {
    if count == bytes.count {
      guard bytes.count < 1 << 20 else { return false }
      bytes.append(contentsOf: [UInt8](repeating: 0, count: bytes.count))
    }
    let got = bytes.withUnsafeMutableBytes { buffer in
      recv(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count, Int32(MSG_DONTWAIT))
    }
    if got < 0 { return errno == EAGAIN || errno == EINTR }
    count += got
    return got > 0
  }

  /// Hands over each whole message in turn.
  mutating func takeMessages(_ body: (Whole) -> Void) {
    var start = 0
    bytes.withUnsafeBytes { buffer in
      while let (whole, length) = Self.whole(UnsafeRawBufferPointer(rebasing: buffer[start..<count])) {
        body(whole)
        start += length
      }
    }
    guard start > 0 else { return }
    if start < count {
      bytes.withUnsafeMutableBytes { buffer in
        guard let base = buffer.baseAddress else { return }
        memmove(base, base + start, count - start)
      }
    }
    count -= start
  }

  private static func whole(_ buffer: UnsafeRawBufferPointer) -> (Whole, length: Int)? {
    guard let end = find("\r\n\r\n", in: buffer) else { return nil }
    let head = UnsafeRawBufferPointer(rebasing: buffer[..<end])
    var length = 0
    // "Content-Length: " in whatever case its first letters are.
    if let at = find("ength: ", in: head) { length = number(in: head, from: at + 7) }
    guard buffer.count >= end + 4 + length else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: buffer[(end + 4)..<(end + 4 + length)])
    return (Whole(head: head, body: body), end + 4 + length)
  }

  static func find(_ wanted: StaticString, in buffer: UnsafeRawBufferPointer) -> Int? {
    let at = switchboard_find(buffer.baseAddress, buffer.count, wanted.utf8Start, wanted.utf8CodeUnitCount)
    return at < 0 ? nil : at
  }

  /// The decimal number that stands there; 0 when there is none.
  static func number(in buffer: UnsafeRawBufferPointer, from start: Int) -> Int {
    var number = 0
    var at = start
    while at < buffer.count, case let digit = buffer[at] &- 48, digit < 10 {
      number = number &* 10 &+ Int(digit)
      at += 1
    }
    return number
  }

  /// Sends all of it, waiting where the kernel's buffer is full. False when the connection is broken.
  static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let wrote = bytes.withUnsafeBytes { buffer in
        Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      if wrote < 0, errno == EAGAIN || errno == EINTR { continue }
      guard wrote > 0 else { return false }
      sent += wrote
    }
    return true
  }
}
