//! A pipe in place of standard error.
import Foundation

final class TestPipe {
  let writeEnd: Int32
  private let readEnd: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  func closeReadEnd() { close(readEnd) }
  func closeWriteEnd() { close(writeEnd) }

  /// Closes the write end and returns all that was written.
  func readAll() -> String {
    closeWriteEnd()
    return Self.read(from: readEnd)
  }

  /// Reads on a thread of its own until the write end is closed; the closure waits for the whole text.
  func readInBackground() -> () -> String {
    let box = Box()
    let descriptor = readEnd
    Thread.detachNewThread {
      box.text = Self.read(from: descriptor)
      box.done.signal()
    }
    return {
      box.done.wait()
      return box.text
    }
  }

  // @unchecked is right: the text is written before the semaphore is signalled and read after it was waited for.
  private final class Box: @unchecked Sendable {
    var text = ""
    let done = DispatchSemaphore(value: 0)
  }

  private static func read(from descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = Foundation.read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    close(descriptor)
    return String(decoding: bytes, as: UTF8.self)
  }
}
