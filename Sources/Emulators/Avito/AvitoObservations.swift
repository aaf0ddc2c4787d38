//! What an emulator tells about its people: what customers saw, what was marked read, what was delivered.
package import SwitchboardSDK

/// A message of the account on a customer's screen.
package struct AvitoSeenMessage: Sendable, Hashable {
  package var account: Int64
  package var customer: Int64
  package var chat: String
  package var message: String
  /// `text`, `image` or, once deleted, `deleted`.
  package var type: String
  package var text: String
  /// SHA-256 of the image's bytes, hexadecimal.
  package var imageDigest: String?
  package var at: Timestamp

  var value: Value {
    [
      "user_id": .int(account), "customer_id": .int(customer), "chat_id": .text(chat), "message_id": .text(message),
      "type": .text(type), "text": .text(text), "image_sha256": imageDigest.map(Value.text) ?? .null,
      "at_ms": .int(at.milliseconds),
    ]
  }
}

package struct AvitoReadMark: Sendable, Hashable {
  package var chat: String
  package var at: Timestamp

  var value: Value { ["chat_id": .text(chat), "at_ms": .int(at.milliseconds)] }
}

/// A webhook call to be made.
struct AvitoNotification: Sendable, Hashable {
  let url: String
  let chat: String
  let message: String
  let body: [UInt8]
}

/// A webhook call that was made.
package struct AvitoDelivery: Sendable, Hashable {
  package var message: String
  /// 1 or 2.
  package var attempt: Int
  /// HTTP status; 0 when no answer came.
  package var status: Int

  package init(message: String, attempt: Int, status: Int) {
    self.message = message
    self.attempt = attempt
    self.status = status
  }

  var value: Value {
    ["message_id": .text(message), "attempt": .int(Int64(attempt)), "status": .int(Int64(status))]
  }
}
