//! epoll(7) for the ends of the benchmark: one thread that serves or loads a thousand connections.
import CLinux
import Glibc

/// Used by one thread. Tags name descriptors; what they mean is the caller's business.
final class Epoll {
  private let descriptor: Int32
  private var ready = [switchboard_epoll_ready](repeating: switchboard_epoll_ready(), count: 256)

  /// Nil when the system has no descriptor left.
  init?() {
    descriptor = switchboard_epoll_create()
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  func add(_ watched: Int32, tag: UInt32) {
    switchboard_epoll_set(descriptor, watched, UInt32(SWITCHBOARD_EPOLL_READ), tag, 1)
  }

  /// Calls the body with the tag of each descriptor that can be read, or has broken. Negative waits for ever.
  func wait(nanoseconds: Int64, _ body: (UInt32) -> Void) {
    let count = switchboard_epoll_wait(descriptor, &ready, Int32(ready.count), nanoseconds)
    guard count > 0 else { return }
    for index in 0..<Int(count) { body(ready[index].tag) }
  }
}
