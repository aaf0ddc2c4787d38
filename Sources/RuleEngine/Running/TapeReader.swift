//! The tape that the C side wrote, back to `Value`. Byte sizes of lists and mappings are not used. A worker process
//! writes tapes too, and its rule may have broken it: whatever the bytes are, reading them ends.
internal import SwitchboardSDK

struct TapeReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var offset = 0
  private var depth = 0
  /// The C side nests no deeper.
  private static let depthMax = 72

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func next() -> Value {
    switch byte() {
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .int(Int64(bitPattern: bits()))
    case 4: return .double(Double(bitPattern: bits()))
    case 5: return .text(text())
    case 6: return .list(list())
    case 7: return .map(map())
    default: return .null
    }
  }

  private mutating func list() -> [Value] {
    let count = counted()
    guard depth < Self.depthMax else { return [] }
    depth += 1
    defer { depth -= 1 }
    var elements: [Value] = []
    elements.reserveCapacity(min(count, 64))
    for _ in 0..<count where !isAtEnd { elements.append(next()) }
    return elements
  }

  private mutating func map() -> [String: Value] {
    let count = counted()
    guard depth < Self.depthMax else { return [:] }
    depth += 1
    defer { depth -= 1 }
    var members: [String: Value] = [:]
    for _ in 0..<count where !isAtEnd {
      let key = text()
      members[key] = next()
    }
    return members
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
