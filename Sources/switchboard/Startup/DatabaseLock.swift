//! One engine a file: two would walk the same lanes. The lock lives as long as the process, however that ends;
//! commands that look or mend do not ask for it.
import Glibc

/// The descriptor is written once, and closed when nobody holds the lock any more.
final class DatabaseLock: Sendable {
  private let descriptor: Int32

  /// Throws `StartupFailure` that names the process which has it.
  init(of path: String) throws { descriptor = try Self.locked(path) }

  private static func locked(_ path: String) throws -> Int32 {
    let file = path + ".lock"
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StartupFailure("storage: \(file): \(String(cString: strerror(errno)))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let holder = text(of: descriptor)
      close(descriptor)
      guard reason == EWOULDBLOCK else {
        throw StartupFailure("storage: \(file): \(String(cString: strerror(reason)))")
      }
      throw StartupFailure(
        "storage: \(path) is in use by another switchboard, process \(holder); one file serves one process, "
          + "several share a PostgreSQL database")
    }
    _ = ftruncate(descriptor, 0)
    let note = "\(getpid())\n"
    _ = note.withCString { write(descriptor, $0, strlen($0)) }
    return descriptor
  }

  deinit { close(descriptor) }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
    return text.isEmpty ? "of unknown number" : text
  }
}
