//! The tape that the C side wrote, back to `Value`. Byte sizes of lists and mappings are not used.
internal import SwitchboardSDK

struct TapeReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var offset = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func next() -> Value {
    switch byte() {
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .int(Int64(bitPattern: bits()))
    case 4: return .double(Double(bitPattern: bits()))
    case 5: return .text(text())
    case 6:
      let count = counted()
      var elements: [Value] = []
      elements.reserveCapacity(count)
      for _ in 0..<count { elements.append(next()) }
      return .list(elements)
    case 7:
      let count = counted()
      var members: [String: Value] = [:]
      for _ in 0..<count {
        let key = text()
        members[key] = next()
      }
      return .map(members)
    default: return .null
    }
  }

  private mutating func byte() -> UInt8 {
    guard offset < bytes.count else { return 0 }
    defer { offset += 1 }
    return bytes[offset]
  }

  private mutating func bits() -> UInt64 {
    guard offset + 8 <= bytes.count else { return 0 }
    defer { offset += 8 }
    return UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  private mutating func length() -> Int {
    guard offset + 4 <= bytes.count else { return 0 }
    defer { offset += 4 }
    return Int(UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private mutating func counted() -> Int {
    let count = length()
    _ = length()
    return min(count, bytes.count)
  }

  private mutating func text() -> String {
    let size = min(length(), bytes.count - offset)
    defer { offset += size }
    return String(decoding: bytes[offset..<(offset + size)], as: UTF8.self)
  }
}
