//! `Value` to the tape that the C side reads (CLua/tape.c describes it).
internal import FlowModel
internal import SwitchboardSDK

struct TapeWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(2_048) }

  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  /// Message, conversation and settings of a call, one after the other.
  mutating func rewrite(_ call: RuleCall) {
    clear()
    write(call.message)
    write(call.conversation)
    write(call.settings)
  }

  mutating func write(_ value: Value) {
    switch value {
    case .null: bytes.append(0)
    case .bool(let flag): bytes.append(flag ? 2 : 1)
    case .int(let number): append(tag: 3, UInt64(bitPattern: number))
    case .double(let number): append(tag: 4, number.bitPattern)
    case .text(let text):
      bytes.append(5)
      append(text)
    case .list(let elements):
      let size = open(tag: 6, count: elements.count)
      for element in elements { write(element) }
      close(size)
    case .map(let members):
      let size = open(tag: 7, count: members.count)
      for (key, member) in members {
        append(key)
        write(member)
      }
      close(size)
    }
  }

  private mutating func append(tag: UInt8, _ bits: UInt64) {
    bytes.append(tag)
    withUnsafeBytes(of: bits) { bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ number: UInt32) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ text: String) {
    append(UInt32(clamping: text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func open(tag: UInt8, count: Int) -> Int {
    bytes.append(tag)
    append(UInt32(clamping: count))
    append(UInt32(0))
    return bytes.count
  }

  private mutating func close(_ start: Int) {
    let size = UInt32(clamping: bytes.count - start)
    withUnsafeBytes(of: size) { size in
      for index in 0..<4 { bytes[start - 4 + index] = size[index] }
    }
  }
}
