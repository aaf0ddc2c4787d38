//! multipart/form-data (RFC 7578), read strictly: a malformed form is an error, never a guess.

package struct MultipartForm: Sendable {
  package var fields: [(name: String, text: String)] = []
  package var files: [UploadedFile] = []

  package static let partsMax = 200

  package static func read(_ body: [UInt8], contentType: String) throws(RequestError) -> MultipartForm {
    guard let boundary = parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
      throw RequestError("the multipart boundary is missing or too long")
    }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    var form = MultipartForm()
    // The first delimiter has no line end before it.
    var at = 0
    guard starts(body, with: delimiter[2...], at: 0) else {
      throw RequestError("the multipart body has no first boundary")
    }
    at = delimiter.count - 2
    while true {
      if starts(body, with: "--".utf8, at: at) { return form }
      guard starts(body, with: "\r\n".utf8, at: at) else { throw RequestError("a multipart boundary is malformed") }
      at += 2
      guard form.fields.count + form.files.count < partsMax else { throw RequestError("too many parts") }
      guard let end = find(delimiter, in: body, from: at) else { throw RequestError("the multipart body is cut short") }
      try form.add(part: body[at..<end])
      at = end + delimiter.count
    }
  }

  private mutating func add(part: ArraySlice<UInt8>) throws(RequestError) {
    let bytes = Array(part)
    let blank = Array("\r\n\r\n".utf8)
    // A part without headers starts with the blank line itself, and such a part has no name.
    guard let headEnd = Self.find(blank, in: bytes, from: 0) else { throw RequestError("a part has no headers") }
    var disposition = ""
    var type = ""
    for line in String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":") else { throw RequestError("a part's header has no colon") }
      let value = String(line[line.index(after: colon)...].drop { $0 == " " })
      switch line[..<colon].lowercased() {
      case "content-disposition": disposition = value
      case "content-type": type = value
      default: break
      }
    }
    guard disposition.lowercased().hasPrefix("form-data"), let name = Self.parameter("name", of: disposition) else {
      throw RequestError("a part has no name")
    }
    let content = Array(bytes[(headEnd + blank.count)...])
    if let fileName = Self.parameter("filename", of: disposition) {
      files.append(UploadedFile(field: name, fileName: fileName, mimeType: type, bytes: content))
    } else {
      guard let text = String(validating: content, as: UTF8.self) else {
        throw RequestError("strings must be encoded in UTF-8")
      }
      fields.append((name, text))
    }
  }

  /// The value of `; name=…` in a header, quoted or not. Browsers and libraries write `%22` or `\"` for a quote.
  static func parameter(_ name: String, of header: String) -> String? {
    let bytes = Array(header.utf8)
    var at = 0
    while let semicolon = bytes[at...].firstIndex(of: UInt8(ascii: ";")) {
      at = semicolon + 1
      while at < bytes.count, bytes[at] == UInt8(ascii: " ") { at += 1 }
      guard let equals = bytes[at...].firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let found = String(decoding: bytes[at..<equals], as: UTF8.self).lowercased()
      at = equals + 1
      var value: [UInt8] = []
      if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
          if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\"") { at += 1 }
          value.append(bytes[at])
          at += 1
        }
      } else {
        while at < bytes.count, bytes[at] != UInt8(ascii: ";") {
          value.append(bytes[at])
          at += 1
        }
      }
      if found == name { return String(decoding: value, as: UTF8.self) }
      at = min(at, bytes.count)
    }
    return nil
  }

  private static func starts(_ body: [UInt8], with prefix: some Collection<UInt8>, at: Int) -> Bool {
    at + prefix.count <= body.count && body[at..<(at + prefix.count)].elementsEqual(prefix)
  }

  /// The delimiter starts with a carriage return, which is rare inside files: skip from one to the next.
  private static func find(_ needle: [UInt8], in body: [UInt8], from start: Int) -> Int? {
    guard let first = needle.first, start <= body.count else { return nil }
    return body.withUnsafeBufferPointer { buffer in
      var at = start
      while at + needle.count <= buffer.count {
        if buffer[at] == first, needle.indices.allSatisfy({ buffer[at + $0] == needle[$0] }) { return at }
        at += 1
      }
      return nil
    }
  }
}
