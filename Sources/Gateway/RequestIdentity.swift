//! The ids by which one request is found again in every log (requirement V7).

package struct RequestIdentity: Sendable, Hashable {
  /// Longer or stranger ids are not believed: a new one is made.
  package static let bytesMax = 128

  package let requestID: String
  package let traceID: String
  package let correlationID: String
  package let spanID: String
  /// Only when the caller sent one.
  package let parentSpanID: String?

  /// Takes the caller's ids where they are safe, makes the others. Header names are lower-case.
  package init(headers: [String: String], random: () -> UInt64 = RequestNumbers.next) {
    func taken(_ name: String) -> String? {
      guard let value = headers[name], Self.isSafe(value) else { return nil }
      return value
    }
    let trace = taken("x-trace-id")
    let correlation = taken("x-correlation-id")
    let request = taken("x-request-id") ?? correlation ?? trace ?? Self.hex(random()) + Self.hex(random())
    requestID = request
    traceID = trace ?? request
    correlationID = correlation ?? request
    spanID = taken("x-span-id") ?? Self.hex(random())
    parentSpanID = taken("x-parent-span-id")
  }

  /// Letters, digits and `-_.:/+=@`: enough for UUIDs, W3C ids and base64, and nothing that a log or a header
  /// could take for something else.
  static func isSafe(_ id: String) -> Bool {
    let bytes = id.utf8
    guard !bytes.isEmpty, bytes.count <= bytesMax else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"),
        UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "@"):
        true
      default: false
      }
    }
  }

  private static func hex(_ number: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { buffer in
      for position in 0..<16 {
        let digit = UInt8(truncatingIfNeeded: number >> UInt64((15 - position) * 4)) & 0xF
        buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      }
      return 16
    }
  }
}
