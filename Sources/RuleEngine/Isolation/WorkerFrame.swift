//! What goes over the socket between the engine and a worker process: frames of a length and plain fields. Both ends
//! are the same program on the same machine, so byte order is the machine's; but what a worker says is not trusted.
internal import Glibc

struct FrameWriter {
  /// Beginning with room for the length.
  private(set) var bytes: [UInt8] = [0, 0, 0, 0]

  mutating func begin() { bytes.replaceSubrange(0..., with: [0, 0, 0, 0]) }

  mutating func put(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ part: some Collection<UInt8>) {
    put(UInt32(clamping: part.count))
    bytes.append(contentsOf: part)
  }

  mutating func put(_ text: String) { put(text.utf8) }

  /// Writes the frame; false when the other end is gone, or when `mayWait` says so. Without it the socket blocks.
  mutating func send(to socket: Int32, mayWait: (Int32) -> Bool = { _ in false }) -> Bool {
    let length = UInt32(clamping: bytes.count - 4)
    withUnsafeBytes(of: length) { bytes.replaceSubrange(0..<4, with: $0) }
    var sent = 0
    while sent < bytes.count {
      // A plain write, which the worker's filter lets through; SIGPIPE is ignored at both ends.
      let count = bytes.withUnsafeBytes { Glibc.write(socket, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
      if count < 0, errno == EINTR || errno == EAGAIN && mayWait(POLLOUT) { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}

struct FrameReader {
  /// No answer is as long: texts of a result are 256 KiB, a rule's file too.
  static let bytesMax = 8 << 20

  private let bytes: [UInt8]
  private var offset = 0
  /// Whether more was asked for than there is.
  private(set) var isShort = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
    let size = MemoryLayout<Number>.size
    guard offset + size <= bytes.count else {
      isShort = true
      return 0
    }
    defer { offset += size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }

  /// Where a part lies in `bytes`.
  mutating func range() -> Range<Int> {
    let size = Int(number(UInt32.self))
    guard !isShort, size <= bytes.count - offset else {
      isShort = true
      return 0..<0
    }
    defer { offset += size }
    return offset..<(offset + size)
  }

  mutating func part() -> ArraySlice<UInt8> { bytes[range()] }
  mutating func text() -> String { String(decoding: part(), as: UTF8.self) }

  /// Reads a whole frame; nil at its end, when it is too long, or when `mayWait` says so. Without it the socket blocks.
  static func receive(from socket: Int32, mayWait: (Int32) -> Bool = { _ in false }) -> [UInt8]? {
    var header = [UInt8](repeating: 0, count: 4)
    guard read(socket, into: &header, upTo: 4, mayWait) else { return nil }
    let length = header.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
    guard length <= bytesMax else { return nil }
    var frame = [UInt8](repeating: 0, count: length)
    return read(socket, into: &frame, upTo: length, mayWait) ? frame : nil
  }

  private static func read(
    _ socket: Int32, into bytes: inout [UInt8], upTo count: Int, _ mayWait: (Int32) -> Bool
  ) -> Bool {
    var taken = 0
    while taken < count {
      let size = bytes.withUnsafeMutableBytes {
        Glibc.read(socket, $0.baseAddress?.advanced(by: taken), count - taken)
      }
      if size < 0, errno == EINTR || errno == EAGAIN && mayWait(POLLIN) { continue }
      guard size > 0 else { return false }
      taken += size
    }
    return true
  }
}

enum WorkerRequest: UInt8 {
  case judge = 1, load, chunk, probe, misbehave
}

enum WorkerReply: UInt8 {
  case answer = 1, zoneQuestion, text
}
