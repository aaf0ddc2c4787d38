//! One call of the Bot API: the request as bytes, the answer as a value or a failure that steers.
internal import SwitchboardSDK

struct BotAPI: Sendable {
  /// Uploads by a bot (core.telegram.org/bots/api, "Sending files").
  static let uploadBytesMax: Int64 = 50 << 20
  /// `getFile` (MAX_DOWNLOAD_FILE_SIZE of the Bot API server).
  static let downloadBytesMax: Int64 = 20 << 20

  let settings: TelegramSettings
  let http: any HTTPPort

  /// Calls a method and returns `result`. Without a file the parameters go as JSON, with one as a form.
  func call(
    _ method: String, _ parameters: [String: Value], file: MultipartForm.File? = nil,
    timeoutMilliseconds: Int64 = 30_000
  ) async throws(BotAPIFailure) -> Value {
    let body: [UInt8]
    let contentType: String
    var timeoutMilliseconds = timeoutMilliseconds
    if let file {
      let form = MultipartForm(parameters: parameters, file: file)
      body = form.bytes
      contentType = form.contentType
      // One second more for each 64 KiB: a slow line must not turn a large file into an unknown outcome.
      timeoutMilliseconds += Int64(file.bytes.count) / 64
    } else {
      body = JSON.bytes(.map(parameters))
      contentType = "application/json"
    }
    let request = HTTPRequest(
      method: "POST", url: "\(settings.apiBase)/bot\(settings.token)/\(method)",
      headers: [HTTPHeader("content-type", contentType)], body: body,
      timeoutMilliseconds: timeoutMilliseconds, proxy: settings.proxy)
    return try result(of: try await send(request, method), method)
  }

  /// The bytes under a `file_path` that `getFile` gave.
  func download(_ path: String) async throws(BotAPIFailure) -> HTTPResponse {
    let request = HTTPRequest(
      url: "\(settings.apiBase)/file/bot\(settings.token)/\(Self.percentEncoded(path))",
      timeoutMilliseconds: 300_000, responseBytesMax: Self.downloadBytesMax, proxy: settings.proxy)
    let response = try await send(request, "file")
    guard response.status == 200 else {
      _ = try result(of: response, "file")
      throw BotAPIFailure("file", .garbage(status: response.status))
    }
    return response
  }

  private func send(_ request: HTTPRequest, _ method: String) async throws(BotAPIFailure) -> HTTPResponse {
    do throws(HTTPError) {
      return try await http.send(request)
    } catch {
      var error = error
      error.detail = redacted(error.detail)
      throw BotAPIFailure(method, .network(error))
    }
  }

  private func result(of response: HTTPResponse, _ method: String) throws(BotAPIFailure) -> Value {
    guard let answer = try? JSON.parse(response.body), let isOK = answer["ok"].boolValue else {
      throw BotAPIFailure(method, .garbage(status: response.status))
    }
    if isOK, (200..<300).contains(response.status) { return answer["result"] }
    let parameters = answer["parameters"]
    throw BotAPIFailure(
      method,
      .refused(
        BotAPIRefusal(
          code: answer["error_code"].intValue ?? Int64(response.status),
          description: redacted(answer["description"].textValue ?? ""),
          retryAfterSeconds: parameters["retry_after"].intValue ?? response.header("retry-after").flatMap { Int64($0) },
          newChat: parameters["migrate_to_chat_id"].intValue)))
  }

  /// Nothing that others write may carry the token on, whatever they echo.
  private func redacted(_ text: String) -> String {
    String(text.replacing(settings.token, with: "<token>").prefix(300))
  }

  static func percentEncoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        bytes.append(byte)
      default: bytes.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
