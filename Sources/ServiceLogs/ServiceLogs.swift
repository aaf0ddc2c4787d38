//! The process's log: one format, one mask, one sink, shared by all loggers. Made once by the program's start.
import Glibc
package import Logging
package import SwitchboardSDK
import Synchronization

package final class ServiceLogs: Sendable {
  private let line: LogLine
  private let sink: LogSink
  private let mask: Mutex<SecretMask>
  private let level: Logger.Level
  let now: @Sendable () -> Timestamp

  package init(
    format: LogFormat, usesColour: Bool = false, level: Logger.Level = .info, fileDescriptor: Int32 = STDERR_FILENO,
    bufferBytesMax: Int = LogSink.bufferBytesMax, now: @escaping @Sendable () -> Timestamp = ServiceLogs.wallClock
  ) {
    let line = LogLine(format: format, usesColour: usesColour)
    self.line = line
    self.level = level
    self.now = now
    mask = Mutex(SecretMask())
    sink = LogSink(fileDescriptor: fileDescriptor, bufferBytesMax: bufferBytesMax) { lost, loss in
      let reason = loss == .slowReader ? "the reader was too slow" : "they could not be written"
      let record = LogRecord(
        at: now(), level: .warning, logger: "switchboard.log", text: "log lines lost, \(reason)",
        fields: [(name: "lost", value: String(lost))])
      return line.bytes(of: record, mask: SecretMask())
    }
  }

  /// For `LoggingSystem.bootstrap(logs.handler)` or `Logger(label:factory:)`.
  package func handler(label: String) -> any LogHandler {
    ServiceLogHandler(label: label, level: level, logs: self)
  }

  /// From now on these values appear as `***` in every record, also URL-encoded and in base64.
  package func hide(_ secrets: [String]) {
    mask.withLock { mask in
      for secret in secrets { mask.insert(secret) }
    }
  }

  package func write(_ record: LogRecord) {
    let mask = mask.withLock { $0 }
    sink.append(line.bytes(of: record, mask: mask))
  }

  /// Before the process ends: waits so long for what has been said. True when all is written.
  @discardableResult
  package func flush(withinMilliseconds: Int64 = 1_000) -> Bool { sink.flush(withinMilliseconds: withinMilliseconds) }

  /// Flushes and ends the writing thread.
  package func close() { sink.close() }

  package static let wallClock: @Sendable () -> Timestamp = {
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    return Timestamp(milliseconds: Int64(moment.tv_sec) * 1_000 + Int64(moment.tv_nsec) / 1_000_000)
  }
}
