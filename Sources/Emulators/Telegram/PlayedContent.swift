//! What a played person writes.

package import SwitchboardSDK

package enum PlayedContent: Sendable, Hashable {
  package enum Media: String, Sendable, Hashable, CaseIterable { case photo, voice, document, audio, video, other }

  case text(String)
  /// `fileName` and `mimeType` count for documents, audio and video only, as in Telegram.
  case media(Media, bytes: [UInt8], fileName: String, mimeType: String, durationSeconds: Int64, caption: String)
  /// Content without a file: the member's name in a `Message` (`location`, `contact`, `sticker`) and its object.
  case object(name: String, Value)

  package static func photo(_ bytes: [UInt8], caption: String = "") -> PlayedContent {
    .media(.photo, bytes: bytes, fileName: "photo.jpg", mimeType: "image/jpeg", durationSeconds: 0, caption: caption)
  }

  package static func voice(_ bytes: [UInt8], durationSeconds: Int64 = 4) -> PlayedContent {
    .media(
      .voice, bytes: bytes, fileName: "voice.oga", mimeType: "audio/ogg", durationSeconds: durationSeconds, caption: "")
  }

  package static func document(
    _ bytes: [UInt8], fileName: String, mimeType: String, caption: String = ""
  ) -> PlayedContent {
    .media(
      .document, bytes: bytes, fileName: fileName, mimeType: mimeType, durationSeconds: 0, caption: caption)
  }
}
