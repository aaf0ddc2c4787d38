//! A refusal of the Bot API, with the server's own wording: clients tell errors apart by it.

package import SwitchboardSDK

package struct BotAPIError: Error, Sendable, Hashable {
  /// Equals the HTTP status.
  package var code: Int
  package var description: String
  /// `retry_after` or `migrate_to_chat_id`.
  package var parameters: [String: Value]

  package init(_ code: Int, _ description: String, parameters: [String: Value] = [:]) {
    self.code = code
    self.description = description
    self.parameters = parameters
  }

  static func badRequest(_ text: String) -> BotAPIError { BotAPIError(400, "Bad Request: \(text)") }
  static func forbidden(_ text: String) -> BotAPIError { BotAPIError(403, "Forbidden: \(text)") }
  static func conflict(_ text: String) -> BotAPIError { BotAPIError(409, "Conflict: \(text)") }

  static func tooManyRequests(retryAfterSeconds: Int64) -> BotAPIError {
    BotAPIError(
      429, "Too Many Requests: retry after \(retryAfterSeconds)", parameters: ["retry_after": .int(retryAfterSeconds)])
  }

  static let unauthorized = BotAPIError(401, "Unauthorized")
  static let invalidToken = BotAPIError(401, "Unauthorized: invalid token specified")
  static let notFound = BotAPIError(404, "Not Found")
  static let chatNotFound = badRequest("chat not found")
  static let threadNotFound = badRequest("message thread not found")
  static let wrongFile = badRequest("wrong file_id or the file is temporarily unavailable")

  package var answer: EmulatorAnswer {
    var body: [String: Value] = ["ok": false, "error_code": .int(Int64(code)), "description": .text(description)]
    var headers: [HTTPHeader] = []
    if !parameters.isEmpty { body["parameters"] = .map(parameters) }
    if let seconds = parameters["retry_after"]?.intValue { headers.append(HTTPHeader("retry-after", String(seconds))) }
    return .json(.map(body), status: code, headers: headers)
  }
}
