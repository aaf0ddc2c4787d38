//! glibc's allocator, told that this process runs for months and hands its memory from thread to thread.
import CLinux

enum Allocator {
  /// Keeps freed memory of a thread's arena instead of giving it back and asking for it again with every burst: under
  /// load that was a system call and some page faults a message. Large blocks still go back at once.
  static func keepFreedMemory() {
    switchboard_malloc_keep(64 << 20, 4 << 20)
  }
}
