//! What clients asked, for tests to look at: counters of everything, details of the last requests only, so that
//! a benchmark's million requests do not fill the memory.

package import SwitchboardSDK

package struct RecordedRequest: Sendable, Hashable {
  /// From 1, over all requests.
  package var sequence: Int
  /// The API method or operation, or the path when it is none.
  package var operation: String
  package var httpMethod: String
  /// Without the query and without secrets.
  package var path: String
  package var parameters: [String: Value]
  package var files: [RecordedFile]
  /// Lower-case names.
  package var headers: [String: String]
  package var receivedAt: Timestamp
  /// HTTP status of the answer; 0 when none was given.
  package var status: Int
  /// Where the answer was an error: its text.
  package var errorText: String
  /// The name of the fault that hit it, or empty.
  package var fault: String

  package init(
    operation: String, httpMethod: String, path: String, parameters: [String: Value] = [:],
    files: [RecordedFile] = [], headers: [String: String] = [:], receivedAt: Timestamp, status: Int,
    errorText: String = "", fault: String = ""
  ) {
    self.sequence = 0
    self.operation = operation
    self.httpMethod = httpMethod
    self.path = path
    self.parameters = parameters
    self.files = files
    self.headers = headers
    self.receivedAt = receivedAt
    self.status = status
    self.errorText = errorText
    self.fault = fault
  }

  package var value: Value {
    [
      "sequence": .int(Int64(sequence)), "operation": .text(operation), "http_method": .text(httpMethod),
      "path": .text(path), "parameters": .map(parameters), "files": .list(files.map(\.value)),
      "headers": .map(headers.mapValues { .text($0) }), "received_at_ms": .int(receivedAt.milliseconds),
      "status": .int(Int64(status)), "error": .text(errorText), "fault": .text(fault),
    ]
  }
}

package struct RecordedFile: Sendable, Hashable {
  package var field: String
  package var fileName: String
  package var mimeType: String
  package var sizeBytes: Int
  /// SHA-256, hexadecimal.
  package var digest: String

  package init(_ file: UploadedFile) {
    self.field = file.field
    self.fileName = file.fileName
    self.mimeType = file.mimeType
    self.sizeBytes = file.bytes.count
    self.digest = SHA256Digest.hexadecimal(file.bytes)
  }

  package var value: Value {
    [
      "field": .text(field), "file_name": .text(fileName), "mime_type": .text(mimeType),
      "size": .int(Int64(sizeBytes)), "sha256": .text(digest),
    ]
  }
}

package struct RequestLog: Sendable {
  /// 0 keeps counters only.
  package let keptMax: Int
  package private(set) var count = 0
  package private(set) var countsByOperation: [String: Int] = [:]
  /// A ring once it is full; `next` is then the oldest.
  private var ring: [RecordedRequest] = []
  private var next = 0

  package init(keptMax: Int) { self.keptMax = max(0, keptMax) }

  package var keepsDetails: Bool { keptMax > 0 }

  /// Counts a request without details (the hot path of a benchmark).
  package mutating func count(_ operation: String) {
    count += 1
    countsByOperation[operation, default: 0] += 1
  }

  package mutating func record(_ request: RecordedRequest) {
    count(request.operation)
    guard keptMax > 0 else { return }
    var kept = request
    kept.sequence = count
    if ring.count < keptMax {
      ring.append(kept)
    } else {
      ring[next] = kept
      next = (next + 1) % keptMax
    }
  }

  /// The kept requests, oldest first.
  package var requests: [RecordedRequest] { Array(ring[next...] + ring[..<next]) }

  package mutating func clear() {
    count = 0
    countsByOperation = [:]
    ring = []
    next = 0
  }
}
