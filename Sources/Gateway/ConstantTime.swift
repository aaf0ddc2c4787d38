//! Comparison of secrets whose duration does not tell how much of a guess was right.

package enum ConstantTime {
  /// Walks the whole of the expected bytes whatever the guess holds; only the lengths may show.
  @inline(never)
  package static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
    var difference = given.count ^ expected.count
    for index in expected.indices {
      let byte = index < given.count ? given[index] : 0
      difference |= Int(byte ^ expected[index])
    }
    return difference == 0
  }
}
