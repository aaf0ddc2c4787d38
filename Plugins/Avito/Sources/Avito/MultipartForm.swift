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

/// The formats that uploadImages takes, told by their first bytes: names and declared types are the sender's guess.
enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg, png, gif, bmp, heic

  init?(_ bytes: [UInt8]) {
    let brand = bytes.dropFirst(8).prefix(4)
    let heicBrands = ["heic", "heix", "hevc", "mif1", "msf1", "heim", "heis"]
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
      self = .gif
    } else if bytes.starts(with: "BM".utf8), bytes.count > 26 {
      self = .bmp
    } else if bytes.dropFirst(4).starts(with: "ftyp".utf8), heicBrands.contains(where: brand.isText) {
      self = .heic
    } else {
      return nil
    }
  }

  var fileName: String { self == .jpeg ? "image.jpg" : "image.\(rawValue)" }
  var mimeType: String { "image/\(rawValue)" }
}

extension ArraySlice<UInt8> {
  fileprivate func isText(_ text: String) -> Bool { elementsEqual(text.utf8) }
}
