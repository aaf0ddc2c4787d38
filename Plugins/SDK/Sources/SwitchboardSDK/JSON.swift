//! JSON text to `Value` and back, on bytes: every message passes here several times, and Foundation's coders
//! cost thirty times as much. RFC 8259, with the corner cases decided once for the whole product.

public enum JSON {
  /// Deeper nesting is refused: nothing that we speak nests more than a dozen levels.
  public static let depthMax = 128

  /// Reads one document. A lone surrogate escape becomes U+FFFD (a customer's broken emoji must not lose the
  /// message); the last of duplicate keys wins; numbers outside the double range, a second document,
  /// trailing commas and invalid UTF-8 are errors.
  public static func parse(_ bytes: [UInt8]) throws(JSONError) -> Value {
    let outcome: Result<Value, JSONError> = bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer)
      do throws(JSONError) { return .success(try reader.document()) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  public static func parse(_ text: String) throws(JSONError) -> Value {
    try parse(Array(text.utf8))
  }

  /// One line without spaces, map keys sorted, so that equal values have equal bytes.
  /// NaN and infinities, which JSON cannot say, become `null`.
  public static func bytes(_ value: Value) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(value)
    return writer.bytes
  }

  /// The same behind bytes that are there already: for documents whose form is known and that need no tree.
  public static func append(_ value: Value, to bytes: inout [UInt8]) {
    var writer = JSONWriter(take(&bytes))
    writer.write(value)
    bytes = writer.bytes
  }

  /// A string in quotes, escaped.
  public static func append(_ text: String, to bytes: inout [UInt8]) {
    var writer = JSONWriter(take(&bytes))
    writer.write(text)
    bytes = writer.bytes
  }

  public static func append(_ number: Int64, to bytes: inout [UInt8]) {
    var writer = JSONWriter(take(&bytes))
    writer.write(number)
    bytes = writer.bytes
  }

  /// Leaves nothing behind, so that the writer holds the only reference and nothing is copied.
  private static func take(_ bytes: inout [UInt8]) -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }

  public static func text(_ value: Value) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }
}

/// Where and why a document could not be read.
public struct JSONError: Error, Sendable, Hashable {
  /// From 0, in bytes.
  public var offset: Int
  public var detail: String

  public init(offset: Int, detail: String) {
    self.offset = offset
    self.detail = detail
  }
}
