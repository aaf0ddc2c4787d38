//! The error bodies of the Avito API, in the three shapes that are seen in the wild (channels.md §2.6).
internal import SwitchboardSDK

struct AvitoError: Error, Sendable, Hashable {
  private enum Shape: Sendable, Hashable { case component, gateway, token, text }

  let status: Int
  let message: String
  private let fields: [String: String]
  private let shape: Shape

  private init(_ status: Int, _ message: String, fields: [String: String] = [:], shape: Shape = .component) {
    self.status = status
    self.message = message
    self.fields = fields
    self.shape = shape
  }

  static let unauthorized = AvitoError(401, "Unauthorized")
  static let forbidden = AvitoError(403, "Forbidden")
  static let notFound = AvitoError(404, "Not found")
  /// Observed: the gateway before the API answers 403, and in a shape of its own.
  static let expiredAtGateway = AvitoError(403, "access token expired", shape: .gateway)
  static let expired = AvitoError(401, "access token expired")
  static let noSuchPage = AvitoError(404, "page not found", shape: .text)

  static func invalid(_ field: String, _ reason: String) -> AvitoError {
    AvitoError(400, "Validation error", fields: [field: reason])
  }

  /// `/token` speaks OAuth (RFC 6749 §5.2).
  static func token(_ code: String, _ description: String) -> AvitoError {
    AvitoError(400, code, fields: ["error_description": description], shape: .token)
  }

  var answer: EmulatorAnswer {
    switch shape {
    case .component:
      var error: [String: Value] = ["code": .int(Int64(status)), "message": .text(message)]
      if !fields.isEmpty { error["fields"] = .map(fields.mapValues { .text($0) }) }
      return .json(["error": .map(error)], status: status)
    case .gateway: return .json(["result": ["message": .text(message)]], status: status)
    case .token:
      let description = fields["error_description"] ?? ""
      return .json(["error": .text(message), "error_description": .text(description)], status: status)
    case .text:
      return EmulatorAnswer(
        status: status, headers: [HTTPHeader("content-type", "text/plain; charset=utf-8")], body: Array(message.utf8))
    }
  }
}
