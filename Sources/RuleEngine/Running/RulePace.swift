//! Whether a rule may be asked on the caller's thread. One that takes its time belongs on the Lua threads, where it
//! holds up nobody but its own project.

struct RulePace: Sendable {
  /// Some hundred times what a usual rule takes, and still no more than a turn of the caller's thread may last.
  static let quickNanosecondsMax: Int64 = 1_000_000
  /// So many quick calls in a row prove a version that is new …
  static let callsToTrust = 3
  /// … and so many one that was slow: a rule that is slow now and then stays where that hurts nobody.
  static let callsToForgive = 1_000

  private var version = ""
  private var callsLeft = callsToTrust

  func isQuick(version: String) -> Bool { version == self.version && callsLeft == 0 }

  mutating func record(_ spentNanoseconds: Int64, version: String) {
    if version != self.version { self = RulePace(version: version) }
    if spentNanoseconds > Self.quickNanosecondsMax {
      callsLeft = Self.callsToForgive
    } else if callsLeft > 0 {
      callsLeft -= 1
    }
  }

  init() {}

  private init(version: String) { self.version = version }
}
