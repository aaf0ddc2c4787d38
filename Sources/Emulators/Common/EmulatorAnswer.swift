//! What an emulator answers, including the ways in which an answer can fail to arrive.

package import SwitchboardSDK

package struct EmulatorAnswer: Sendable {
  /// How much of the answer reaches the client.
  package enum Delivery: Sendable, Hashable {
    case whole
    /// Full headers, half of the body, then the connection closes.
    case cutInTheMiddle
    /// The connection closes without a byte.
    case connectionClosed
    /// Nothing comes and the connection stays open until the client or the emulator leaves.
    case never
  }

  /// HTTP status.
  package var status: Int
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  package var delivery: Delivery

  package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], delivery: Delivery = .whole) {
    self.status = status
    self.headers = headers
    self.body = body
    self.delivery = delivery
  }

  package static func json(_ value: Value, status: Int = 200, headers: [HTTPHeader] = []) -> EmulatorAnswer {
    EmulatorAnswer(
      status: status, headers: [HTTPHeader("content-type", "application/json")] + headers, body: JSON.bytes(value))
  }

  /// What a front proxy shows when the service behind it is ill.
  package static func html(status: Int, title: String) -> EmulatorAnswer {
    let page = "<html>\r\n<head><title>\(status) \(title)</title></head>\r\n<body>\r\n"
      + "<center><h1>\(status) \(title)</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    return EmulatorAnswer(status: status, headers: [HTTPHeader("content-type", "text/html")], body: Array(page.utf8))
  }
}
