//! `multipart/form-data` (RFC 7578) with one file: the only form in which the Bot API takes bytes.
internal import SwitchboardSDK

struct MultipartForm: Sendable {
  struct File: Sendable {
    var field: String
    var name: String
    var mimeType: String
    var bytes: [UInt8]
  }

  let bytes: [UInt8]
  let contentType: String

  init(parameters: [String: Value], file: File) {
    let boundary = Self.boundary()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.bytes.count + 2_048)
    for name in parameters.keys.sorted() {
      let value = parameters[name] ?? .null
      bytes.append(contentsOf: "--\(boundary)\r\ncontent-disposition: form-data; name=\"\(name)\"\r\n\r\n".utf8)
      // Objects and lists are JSON text inside a form; plain text goes as it is.
      if case .text(let text) = value { bytes.append(contentsOf: text.utf8) } else { bytes += JSON.bytes(value) }
      bytes.append(contentsOf: "\r\n".utf8)
    }
    bytes.append(contentsOf: "--\(boundary)\r\ncontent-disposition: form-data; name=\"\(file.field)\"".utf8)
    bytes.append(contentsOf: "; filename=\"\(Self.quotable(file.name))\"\r\n".utf8)
    bytes.append(contentsOf: "content-type: \(Self.quotable(file.mimeType))\r\n\r\n".utf8)
    bytes += file.bytes
    bytes.append(contentsOf: "\r\n--\(boundary)--\r\n".utf8)
    self.bytes = bytes
    self.contentType = "multipart/form-data; boundary=\(boundary)"
  }

  /// 128 random bits: that a file holds them by chance is less likely than a broken disk.
  private static func boundary() -> String {
    let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
    return "switchboard-" + halves.map { String($0, radix: 36) }.joined()
  }

  /// A name comes from strangers: quotes and line ends would let it write headers of its own.
  private static func quotable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\"" || $0 == "\\" || $0.value < 0x20 ? "_" : $0 }))
  }
}
