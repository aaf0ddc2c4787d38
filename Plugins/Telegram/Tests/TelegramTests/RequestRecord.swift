//! One request of the connector taken apart, and its line in the file that the schema check reads afterwards
//! (`SWITCHBOARD_RECORDED_REQUESTS`: JSON lines).
internal import Foundation
internal import SwitchboardSDK
internal import Synchronization

struct RequestRecord: Sendable {
  /// The last part of the path.
  let method: String
  let path: String
  let contentType: String
  let parameters: Value
  /// By field, for multipart bodies.
  private(set) var files: [String: (name: String, type: String, bytes: [UInt8])] = [:]
  private let httpMethod: String

  init(_ request: HTTPRequest) {
    httpMethod = request.method
    let afterScheme = request.url.split(separator: "//", maxSplits: 1).last ?? ""
    path = String(afterScheme.drop { $0 != "/" }).replacing("/bot\(Scene.token)", with: "/bot")
    method = path.split(separator: "/").last.map(String.init) ?? ""
    contentType = request.headers.first { $0.name == "content-type" }?.value ?? ""
    guard contentType.hasPrefix("multipart/form-data; boundary=") else {
      parameters = (try? JSON.parse(request.body)) ?? .null
      return
    }
    var fields: [String: Value] = [:]
    let boundary = "--" + contentType.dropFirst("multipart/form-data; boundary=".count)
    for part in Self.parts(request.body, boundary) {
      if let name = part.fileName {
        files[part.field] = (name, part.type, part.bytes)
        fields[part.field] = .text("attach://\(part.field)")
      } else {
        let text = String(decoding: part.bytes, as: UTF8.self)
        let isText = ["caption", "text"].contains(part.field)
        fields[part.field] = isText ? .text(text) : (try? JSON.parse(part.bytes)) ?? .text(text)
      }
    }
    parameters = .map(fields)
  }

  private static let writing = Mutex(())

  func write() {
    // Downloads are no calls of the Bot API: no schema describes them.
    guard path.contains("/bot/"), !path.hasPrefix("/file/"),
      let file = ProcessInfo.processInfo.environment["SWITCHBOARD_RECORDED_REQUESTS"]
    else { return }
    let line: Value = [
      "channel": "telegram", "method": .text(method), "http_method": .text(httpMethod), "path": .text(path),
      "content_type": .text(contentType), "parameters": parameters,
    ]
    Self.writing.withLock { _ in
      guard let stream = fopen(file, "a") else { return }
      let bytes = JSON.bytes(line) + [0x0A]
      fwrite(bytes, 1, bytes.count, stream)
      fclose(stream)
    }
  }

  private struct Part {
    var field: String
    var fileName: String?
    var type: String
    var bytes: [UInt8]
  }

  /// Reads the body as strictly as RFC 7578 allows: what does not fit is no part.
  private static func parts(_ body: [UInt8], _ boundary: String) -> [Part] {
    let body = Data(body)
    let empty = Data("\r\n\r\n".utf8)
    var parts: [Part] = []
    var at = body.startIndex
    while let open = body.range(of: Data("\(boundary)\r\n".utf8), in: at..<body.endIndex),
      let gap = body.range(of: empty, in: open.upperBound..<body.endIndex),
      let close = body.range(of: Data("\r\n\(boundary)".utf8), in: gap.upperBound..<body.endIndex)
    {
      let head = String(decoding: body[open.upperBound..<gap.lowerBound], as: UTF8.self)
      func quoted(_ name: String) -> String? {
        head.firstRange(of: "; \(name)=\"").map { String(head[$0.upperBound...].prefix { $0 != "\"" }) }
      }
      let type = head.split(separator: "\r\n").first { $0.hasPrefix("content-type: ") }?.dropFirst(14)
      parts.append(
        Part(
          field: quoted("name") ?? "", fileName: quoted("filename"), type: type.map(String.init) ?? "",
          bytes: Array(body[gap.upperBound..<close.lowerBound])))
      at = close.lowerBound + 2
    }
    return parts
  }
}
