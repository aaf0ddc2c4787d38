//! The one form that Avito takes for pictures (RFC 7578).

internal import SwitchboardSDK

struct MultipartForm: Sendable {
  let contentType: String
  let body: [UInt8]

  /// `boundary` must not occur in the picture: the caller makes it from 128 random bits.
  init(image: [UInt8], format: ImageFormat, boundary: String) {
    contentType = "multipart/form-data; boundary=\(boundary)"
    let head = "--\(boundary)\r\n"
      + "Content-Disposition: form-data; name=\"uploadfile[]\"; filename=\"\(format.fileName)\"\r\n"
      + "Content-Type: \(format.mimeType)\r\n\r\n"
    body = Array(head.utf8) + image + Array("\r\n--\(boundary)--\r\n".utf8)
  }

  static func randomBoundary() -> String {
    var generator = SystemRandomNumberGenerator()
    return "switchboard-" + String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
  }
}
