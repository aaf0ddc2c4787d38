//! All chance of a simulation comes from here: a seed says it all.

/// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
package struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A stream of chance for one purpose, so that a change of how channels fail leaves the order of tasks as it was.
// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class Chance: @unchecked Sendable {
  private var source: SplitMix

  init(seed: UInt64, purpose: UInt64) {
    var mixer = SplitMix(seed: seed ^ (purpose &* 0xD6E8_FEB8_6659_FD93))
    source = SplitMix(seed: mixer.next())
  }

  func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(source.next() >> 11) % (range.upperBound - range.lowerBound + 1)
  }

  func milliseconds(_ range: ClosedRange<Int>) -> Int64 { Int64(int(range)) }
  func percent(_ share: Int) -> Bool { int(0...99) < share }
  func permille(_ share: Int) -> Bool { int(0...999) < share }
  func pick<T>(_ choices: [T]) -> T? { choices.isEmpty ? nil : choices[int(0...(choices.count - 1))] }
  /// Uniform in 0..<1.
  func fraction() -> Double { Double(source.next() >> 11) / Double(1 << 53) }
}
