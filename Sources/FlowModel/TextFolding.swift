//! Letter case and white space, on UTF-8 bytes.

package enum TextFolding {
  /// Lower case, ё as е, runs of white space as one space; soft hyphens and zero-width spaces, which hide words from
  /// filters, are dropped; й and ё written with combining marks (as Apple's keyboards do) are the same as plain ones.
  package static func folded(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var folded: [UInt8] = []
    folded.reserveCapacity(bytes.count + 4)
    var scalars = TextScalars(bytes)
    var afterSpace = false
    while let scalar = scalars.next() {
      if TextScalarKind.isSpace(scalar) {
        if !afterSpace { folded.append(0x20) }
        afterSpace = true
        continue
      }
      switch scalar {
      case 0xAD, 0x200B, 0xFEFF: continue
      case 0x306 where folded.suffix(2) == [0xD0, 0xB8]: folded[folded.count - 1] = 0xB9
      case 0x308 where folded.suffix(2) == [0xD0, 0xB5]: continue
      case 0x401, 0x451: folded.append(scalar: 0x435)
      default: appendLowercased(scalar, to: &folded)
      }
      afterSpace = false
    }
    return folded
  }

  package static func lowercased(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    mapped(bytes) { appendLowercased($0, to: &$1) }
  }

  package static func uppercased(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    mapped(bytes) { scalar, upper in
      switch scalar {
      case 0x61...0x7A, 0x430...0x44F: upper.append(scalar: scalar - 0x20)
      case 0..<0x80, 0x410...0x42F: upper.append(scalar: scalar)
      default: append(Unicode.Scalar(scalar)?.properties.uppercaseMapping, or: scalar, to: &upper)
      }
    }
  }

  package static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var scalars = TextScalars(bytes)
    var start: Int?
    var end = 0
    while true {
      let offset = scalars.offset
      guard let scalar = scalars.next() else { break }
      if TextScalarKind.isSpace(scalar) { continue }
      if start == nil { start = offset }
      end = scalars.offset
    }
    return start.map { Array(bytes[$0..<end]) } ?? []
  }

  private static func mapped(
    _ bytes: UnsafeBufferPointer<UInt8>, _ append: (UInt32, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 4)
    var scalars = TextScalars(bytes)
    while let scalar = scalars.next() { append(scalar, &result) }
    return result
  }

  @inline(__always)
  private static func appendLowercased(_ scalar: UInt32, to result: inout [UInt8]) {
    switch scalar {
    case 0x41...0x5A, 0x410...0x42F: result.append(scalar: scalar + 0x20)
    case 0x400...0x40F: result.append(scalar: scalar + 0x50)
    case 0..<0x80, 0x430...0x45F, 0x2000...0x2070, 0x300...0x36F: result.append(scalar: scalar)
    default: append(Unicode.Scalar(scalar)?.properties.lowercaseMapping, or: scalar, to: &result)
    }
  }

  private static func append(_ mapping: String?, or scalar: UInt32, to result: inout [UInt8]) {
    guard let mapping else { return result.append(scalar: scalar) }
    result.append(contentsOf: mapping.utf8)
  }
}
