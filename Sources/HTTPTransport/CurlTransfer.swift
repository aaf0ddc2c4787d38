//! One request under way: what libcurl has told of it so far. Touched by the transport's thread alone.
internal import CCurl
internal import SwitchboardSDK

final class CurlTransfer {
  let submission: Submission
  /// On the clock of `CurlLoop.now`, milliseconds. libcurl watches the time-out as well, except while a request
  /// waits for a free connection.
  let deadline: Int64
  var headerList: UnsafeMutablePointer<curl_slist>?
  /// Set right before the first byte of the request proper may leave: connection, TLS and tunnel stand by then.
  private(set) var mayHaveBeenSent = false
  private(set) var isTooLarge = false
  private(set) var wasRepeatRefused = false
  private(set) var wasAddressRefused = false
  /// The empty line after the final answer's headers has come. libcurl takes a connection closed in the middle of
  /// the headers for a complete answer; we do not.
  private(set) var hasWholeHead = false

  private let headerBytesMax: Int
  private var headerBytes = 0
  private var status = 0
  private var headers: [HTTPHeader] = []
  private var body: [UInt8] = []

  init(_ submission: Submission, deadline: Int64, headerBytesMax: Int) {
    self.submission = submission
    self.deadline = deadline
    self.headerBytesMax = headerBytesMax
  }

  func response(status: Int) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: body)
  }

  /// False refuses to send: the one place that knows of libcurl's own repetitions.
  func isAboutToSend() -> Bool {
    let mayRepeat = submission.request.method == "GET" || submission.request.method == "HEAD"
    guard !mayHaveBeenSent || mayRepeat else {
      wasRepeatRefused = true
      return false
    }
    mayHaveBeenSent = true
    return true
  }

  /// False for an address outside the public internet; libcurl then tries the name's next one.
  func mayConnect(to address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
    let isPublic = switchboard_curl_is_public(address) == 1
    if !isPublic { wasAddressRefused = true }
    return isPublic
  }

  /// One header line, its line end included; false stops the transfer.
  func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= headerBytesMax else {
      isTooLarge = true
      return false
    }
    // Trailers after the body say nothing that anybody asked for.
    guard !hasWholeHead else { return true }
    var text = line[...]
    while let last = text.last, last == 0x0A || last == 0x0D { text = text.dropLast() }
    if text.isEmpty {
      // 1xx only announces the real answer. 101 cannot come: nothing asks for an upgrade.
      hasWholeHead = line.last == 0x0A && status >= 200
    } else if text.starts(with: "HTTP/".utf8) {
      headers = []
      let code = text.drop { $0 != 0x20 }.dropFirst().prefix { $0 != 0x20 }
      status = Int(String(decoding: code, as: UTF8.self)) ?? 0
    } else if let colon = text.firstIndex(of: 0x3A) {
      let name = String(decoding: text[..<colon], as: UTF8.self)
      headers.append(HTTPHeader(name, Self.trimmed(text[text.index(after: colon)...])))
    }
    return true
  }

  /// False stops the transfer.
  func receive(bodyPart part: UnsafeRawBufferPointer) -> Bool {
    guard Int64(part.count) <= submission.request.responseBytesMax - Int64(body.count) else {
      isTooLarge = true
      return false
    }
    body.append(contentsOf: part)
    return true
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
