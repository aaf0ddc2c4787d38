//! The requests as they came, for the log and for validation against the OpenAPI document.
internal import SwitchboardSDK

struct AvitoTranscript: Sendable {
  private let keptMax: Int
  private var ring: [Value] = []
  private var next = 0

  init(keptMax: Int) { self.keptMax = keptMax }

  mutating func add(_ request: EmulatorRequest, isToken: Bool, status: Int) {
    guard keptMax > 0 else { return }
    let query = request.rawQuery.isEmpty ? "" : "?" + request.rawQuery
    var entry: [String: Value] = [
      "channel": "avito", "method": .text(request.method), "path": .text(request.rawPath + query),
      "content_type": .text(request.headers["content-type"] ?? ""), "headers": .map(Self.headers(request)),
      "status": .int(Int64(status)),
    ]
    if isToken {
      entry["body"] = .text(Self.withoutSecret(request.body))
    } else if let text = String(validating: request.body, as: UTF8.self) {
      entry["body"] = .text(text)
    } else {
      entry["body_hex"] = .text(Hexadecimal.text(request.body))
    }
    if ring.count < keptMax {
      ring.append(.map(entry))
    } else {
      ring[next] = .map(entry)
      next = (next + 1) % keptMax
    }
  }

  /// Oldest first.
  var entries: [Value] { Array(ring[next...] + ring[..<next]) }

  var lines: [String] { entries.map(JSON.text) }

  func recorded(
    _ request: EmulatorRequest, _ operation: String, _ answer: EmulatorAnswer, fault: Fault.Kind?, at: Timestamp
  ) -> RecordedRequest {
    var parameters = RequestParameters()
    do { parameters = try RequestParameters.read(request) } catch {}
    if parameters.values["client_secret"] != nil { parameters.values["client_secret"] = "hidden" }
    let isError = answer.status >= 400
    return RecordedRequest(
      operation: operation, httpMethod: request.method, path: request.rawPath, parameters: parameters.values,
      files: parameters.files.map(RecordedFile.init), headers: Self.headers(request).compactMapValues(\.textValue),
      receivedAt: at, status: answer.delivery == .whole ? answer.status : 0,
      errorText: isError ? String(decoding: answer.body.prefix(500), as: UTF8.self) : "",
      fault: fault.map { String(describing: $0) } ?? "")
  }

  private static func headers(_ request: EmulatorRequest) -> [String: Value] {
    var headers = request.headers.mapValues { Value.text($0) }
    if request.headers["authorization"]?.hasPrefix("Bearer ") == true { headers["authorization"] = "Bearer hidden" }
    return headers
  }

  private static func withoutSecret(_ body: [UInt8]) -> String {
    String(decoding: body, as: UTF8.self).split(separator: "&", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("client_secret=") ? "client_secret=hidden" : $0 }.joined(separator: "&")
  }
}
