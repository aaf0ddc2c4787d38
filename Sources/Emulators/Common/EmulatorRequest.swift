//! One HTTP request as an emulator sees it: read whole, so that handlers are plain functions of values.

package struct EmulatorRequest: Sendable {
  /// Upper-case: `GET`, `POST`.
  package var method: String
  /// As it stood in the request line, without the query.
  package var rawPath: String
  /// The path cut at `/` and percent-decoded. A segment that is not UTF-8 after decoding stays as it came.
  package var pathSegments: [String]
  /// As it stood after `?`, or empty.
  package var rawQuery: String
  /// Lower-case names; the values of a repeated header are joined with `, `.
  package var headers: [String: String]
  package var body: [UInt8]

  package init(
    method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []
  ) {
    let question = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    let path = question.map { target[..<$0] } ?? target[...]
    self.method = method
    self.rawPath = String(path)
    self.rawQuery = question.map { String(target[target.utf8.index(after: $0)...]) } ?? ""
    self.pathSegments = path.utf8.split(separator: UInt8(ascii: "/")).map { segment in
      PercentCoding.decode(segment, plusIsSpace: false) ?? String(decoding: segment, as: UTF8.self)
    }
    self.headers = headers
    self.body = body
  }

  /// The media type alone, lower-case: `application/json`; empty without the header.
  package var mediaType: String {
    let header = headers["content-type"] ?? ""
    let type = header.prefix { $0 != ";" }
    return String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
  }
}
