//! Where lines go: into a bounded buffer, from which one thread writes. A full disk or a stalled pipe behind
//! standard error must never hold up the core (reliability.md T14); it loses log lines instead, and says how many.
import Glibc

// @unchecked is right because every mutable field is read and written only between `lock` and `unlock` of the one
// mutex, the pointers are set once in `init`, and the writing thread holds its own reference until `close`.
package final class LogSink: @unchecked Sendable {
  package enum Loss: Sendable, Hashable {
    /// The buffer was full.
    case slowReader
    /// The descriptor took no more: a full disk, as a rule.
    case refused
  }

  /// About a thousand ordinary lines a second for five seconds of a stalled reader.
  package static let bufferBytesMax = 1 << 20

  /// Nobody reads a log faster, and a crash loses no more than this.
  private static let gatherMicroseconds: UInt32 = 1_000

  private let fileDescriptor: Int32
  private let bufferBytesMax: Int
  /// The line that says how many were lost, and to whom.
  private let lossNotice: @Sendable (Int, Loss) -> [UInt8]
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Signalled when the buffer gains bytes and when the writer has written them.
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var buffer: [UInt8] = []
  private var lost = 0
  private var isWriting = false
  private var isClosed = false

  /// Never closes the descriptor.
  package init(
    fileDescriptor: Int32, bufferBytesMax: Int = LogSink.bufferBytesMax,
    lossNotice: @escaping @Sendable (Int, Loss) -> [UInt8]
  ) {
    self.fileDescriptor = fileDescriptor
    self.bufferBytesMax = bufferBytesMax
    self.lossNotice = lossNotice
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    startWriter()
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Never waits for the descriptor. A line that finds no room is counted instead.
  package func append(_ line: [UInt8]) {
    pthread_mutex_lock(mutex)
    // A writer that has something to do already need not be woken.
    let isFirst = buffer.isEmpty && lost == 0
    if isClosed || buffer.count + line.count > bufferBytesMax {
      lost += 1
    } else {
      buffer += line
    }
    if isFirst { pthread_cond_broadcast(changed) }
    pthread_mutex_unlock(mutex)
  }

  /// Waits until everything appended so far is written, at most so long. True when it is.
  @discardableResult
  package func flush(withinMilliseconds: Int64 = 1_000) -> Bool {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    let nanoseconds = Int64(deadline.tv_nsec) + (withinMilliseconds % 1_000) * 1_000_000
    deadline.tv_sec += Int(withinMilliseconds / 1_000 + nanoseconds / 1_000_000_000)
    deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while isWriting || !buffer.isEmpty {
      if pthread_cond_timedwait(changed, mutex, &deadline) != 0 { return !isWriting && buffer.isEmpty }
    }
    return true
  }

  /// Flushes and ends the writing thread. Later lines are lost.
  package func close() {
    flush()
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  private func startWriter() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let sink = Unmanaged<LogSink>.fromOpaque(context).takeRetainedValue()
        // A reader that went away must end the writing, not the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        sink.writeUntilClosed()
        return nil
      }, context)
    if code == 0 {
      pthread_detach(thread)
    } else {
      Unmanaged<LogSink>.fromOpaque(context).release()
      isClosed = true
    }
  }

  private func writeUntilClosed() {
    var refusal = Refusal()
    pthread_mutex_lock(mutex)
    while true {
      while buffer.isEmpty, lost == 0, !isClosed { pthread_cond_wait(changed, mutex) }
      if buffer.isEmpty, isClosed { break }
      if !isClosed { gather() }
      var batch: [UInt8] = []
      swap(&batch, &buffer)
      let lostNow = lost
      lost = 0
      isWriting = true
      pthread_mutex_unlock(mutex)
      if lostNow > 0 { batch += lossNotice(lostNow, .slowReader) }
      refusal = writeAll(batch, after: refusal)
      pthread_mutex_lock(mutex)
      isWriting = false
      pthread_cond_broadcast(changed)
    }
    pthread_mutex_unlock(mutex)
  }

  /// Lets a burst come together into one write: waking for each line would cost more than the line.
  private func gather() {
    pthread_mutex_unlock(mutex)
    usleep(Self.gatherMicroseconds)
    pthread_mutex_lock(mutex)
  }

  /// What the descriptor has not taken so far.
  private struct Refusal {
    var lines = 0
    /// It took a part of the first of them.
    var isMidLine = false
  }

  /// Gives up on a descriptor that refuses; how many lines that has cost is said before the next one that it takes.
  private func writeAll(_ batch: [UInt8], after refusal: Refusal) -> Refusal {
    var notice: [UInt8] = refusal.isMidLine ? [UInt8(ascii: "\n")] : []
    if refusal.lines > 0 { notice += lossNotice(refusal.lines, .refused) }
    let bytes = notice + batch
    var offset = 0
    while offset < bytes.count {
      let written = bytes[offset...].withUnsafeBytes { write(fileDescriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        offset += written
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        let lost = bytes[max(offset, notice.count)...].count { $0 == UInt8(ascii: "\n") }
        let isTold = offset >= notice.count
        let isMidLine = offset == 0 ? refusal.isMidLine : bytes[offset - 1] != UInt8(ascii: "\n")
        return Refusal(lines: lost + (isTold ? 0 : refusal.lines), isMidLine: isMidLine)
      }
    }
    return Refusal()
  }
}
