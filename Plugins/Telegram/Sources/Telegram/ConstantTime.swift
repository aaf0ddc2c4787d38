//! Comparison whose time does not tell how much of a secret was guessed.

enum ConstantTime {
  static func isEqual(_ left: String, _ right: String) -> Bool {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var difference = left.count ^ right.count
    for index in 0..<left.count { difference |= Int(left[index] ^ (right.isEmpty ? 0 : right[index % right.count])) }
    return difference == 0
  }
}
