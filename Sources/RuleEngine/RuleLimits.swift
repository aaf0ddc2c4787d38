//! The budgets of one rule call, as the contract names them (§6), and of loading a file.
internal import CLua

package struct RuleLimits: Sendable, Hashable {
  package var instructions: UInt64
  package var memoryBytes: UInt64
  package var cpuMilliseconds: Int64
  /// Hash slots of one table. Keys may be chosen to collide, and growing such a table is one long C call:
  /// 8,192 slots keep it under 40 ms (reliability.md §0.3).
  package var tableSlots: UInt32

  package init(instructions: UInt64, memoryBytes: UInt64, cpuMilliseconds: Int64, tableSlots: UInt32) {
    self.instructions = instructions
    self.memoryBytes = memoryBytes
    self.cpuMilliseconds = cpuMilliseconds
    self.tableSlots = tableSlots
  }

  package static let call = RuleLimits(
    instructions: 2_000_000, memoryBytes: 16 << 20, cpuMilliseconds: 100, tableSlots: 8_192)
  /// Compiling a large file may take longer than a call. What the file itself does then happens again in each call,
  /// so it gets no more than a call does: a file that needs more is refused here, not on its first message.
  package static let load = RuleLimits(
    instructions: 2_000_000, memoryBytes: 16 << 20, cpuMilliseconds: 1_000, tableSlots: 8_192)
  /// One rule file.
  package static let fileBytesMax = 256 * 1024
  /// `conv.state` as JSON.
  package static let stateBytesMax = 16 * 1024
  /// Error texts of rules.
  static let detailBytesMax = 4 * 1024

  /// No budgets at all, to measure what they cost.
  static let unlimited = RuleLimits(
    instructions: .max, memoryBytes: .max, cpuMilliseconds: .max, tableSlots: .max)

  var cpuNanoseconds: Int64 {
    let (nanoseconds, overflow) = cpuMilliseconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max / 2 : nanoseconds
  }

  /// The clock is looked at now and then, and one instruction on a large text may take a millisecond: the end comes
  /// a little early, so that it does not come late.
  var native: sb_limits {
    sb_limits(
      instructions: instructions, memory_bytes: memoryBytes, cpu_nanoseconds: cpuNanoseconds / 100 * 96,
      table_slots: tableSlots)
  }
}
