//! What each kind of trouble looks like when Avito has it.
internal import SwitchboardSDK

enum AvitoFaults {
  /// For troubles in which the request is not performed.
  static func answerInstead(_ fault: Fault.Kind) -> EmulatorAnswer? {
    switch fault {
    case .tooManyRequests(let seconds):
      .json(
        ["error": ["code": 429, "message": "Too Many Requests"]], status: 429,
        headers: [HTTPHeader("Retry-After", String(seconds))])
    case .serverError(let status): .html(status: status, title: title(status))
    case .answer(let status, let body): EmulatorAnswer(status: status, body: Array(body.utf8))
    case .neverAnswer: EmulatorAnswer(status: 504, delivery: .never)
    case .closeConnection: EmulatorAnswer(status: 502, delivery: .connectionClosed)
    case .performThenNeverAnswer, .performThenCutAnswer, .performThenCloseConnection, .duplicateDelivery, .special: nil
    }
  }

  /// For troubles that come after the request was performed.
  static func deliveryAfter(_ fault: Fault.Kind) -> EmulatorAnswer.Delivery? {
    switch fault {
    case .performThenNeverAnswer: .never
    case .performThenCutAnswer: .cutInTheMiddle
    case .performThenCloseConnection: .connectionClosed
    default: nil
    }
  }

  /// `special("slow:500")`: half a second late, on the emulator's clock.
  static func delayMilliseconds(_ fault: Fault.Kind) -> Int64? {
    guard case .special(let name) = fault, name.hasPrefix("slow:") else { return nil }
    return Int64(name.dropFirst(5))
  }

  private static func title(_ status: Int) -> String {
    switch status {
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Time-out"
    default: "Error"
    }
  }
}
