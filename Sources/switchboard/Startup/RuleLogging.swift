//! What rules leave in the log: their own lines, and a word about those that take long.
import Logging
import RuleEngine

enum RuleLogging {
  static func printing(to log: Logger) -> @Sendable (RuleLog) -> Void {
    { printed in
      for line in printed.lines {
        log.info("\(line)", metadata: ["project": "\(printed.project)", "rule": "\(printed.rule)"])
      }
      if printed.droppedLines > 0 {
        log.info(
          "\(printed.droppedLines) more lines, over 100 or 16 KiB",
          metadata: ["project": "\(printed.project)", "rule": "\(printed.rule)"])
      }
    }
  }

  static func slowness(to log: Logger) -> @Sendable (RuleSlowness) -> Void {
    { slow in
      log.warning(
        "slow rule",
        metadata: [
          "project": "\(slow.project)", "rule": "\(slow.rule)", "version": "\(slow.version)",
          "cpu_us": "\(slow.cost.cpuNanoseconds / 1_000)", "instructions": "\(slow.cost.instructions)",
          "peak_bytes": "\(slow.cost.peakBytes)", "slow_calls": "\(slow.slowCalls)",
        ])
    }
  }
}
