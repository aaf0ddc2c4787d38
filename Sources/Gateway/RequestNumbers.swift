//! Numbers for request ids: unlike each other and those of other processes, without a system call for each.
import Synchronization

/// A counter from a random start, mixed (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014). Each number comes once in 2^64; nothing secret is made of them.
enum RequestNumbers {
  private static let count = Atomic<UInt64>(UInt64.random(in: .min ... .max))

  static func next() -> UInt64 {
    var number = count.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
    number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
    number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
    return number ^ (number >> 31)
  }
}
