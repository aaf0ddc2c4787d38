//! The format of a file by its first bytes, as far as the choice of a method needs it.

enum FileFormat: Sendable, Hashable {
  case jpeg, png, gif, webp, bmp, ogg, mp3, mp4, other

  init(of bytes: [UInt8]) {
    func has(_ magic: String, at offset: Int = 0) -> Bool {
      let magic = Array(magic.utf8)
      return bytes.count >= offset + magic.count && bytes[offset..<offset + magic.count].elementsEqual(magic)
    }
    func has(bytes magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
    self =
      if has(bytes: [0xFF, 0xD8, 0xFF]) { .jpeg }
      else if has(bytes: [0x89, 0x50, 0x4E, 0x47]) { .png }
      else if has("GIF8") { .gif }
      else if has("RIFF"), has("WEBP", at: 8) { .webp }
      else if has("BM") { .bmp }
      else if has("OggS") { .ogg }
      else if has("ID3") { .mp3 }
      // MPEG audio frame: eleven set bits, layer III.
      else if bytes.count > 1, bytes[0] == 0xFF, bytes[1] & 0xE6 == 0xE2 { .mp3 }
      else if has("ftyp", at: 4) { .mp4 }
      else { .other }
  }

  var isPhoto: Bool {
    switch self {
    case .jpeg, .png, .gif, .webp, .bmp: true
    case .ogg, .mp3, .mp4, .other: false
    }
  }

  /// OGG with Opus, MP3, M4A (which is MP4 in a coat).
  var isVoice: Bool { voiceEnding != nil }

  var voiceEnding: String? {
    switch self {
    case .ogg: "ogg"
    case .mp3: "mp3"
    case .mp4: "m4a"
    case .jpeg, .png, .gif, .webp, .bmp, .other: nil
    }
  }

  /// `sendAudio` takes MP3 and M4A.
  var isAudio: Bool { self == .mp3 || self == .mp4 }

  /// Used where Telegram gives no MIME type: its file server calls everything `application/octet-stream`.
  static func mimeType(ofName name: String) -> String {
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    return switch ending {
    case "jpg", "jpeg": "image/jpeg"
    case "png": "image/png"
    case "gif": "image/gif"
    case "webp": "image/webp"
    case "oga", "ogg", "opus": "audio/ogg"
    case "mp3": "audio/mpeg"
    case "m4a": "audio/mp4"
    case "mp4": "video/mp4"
    case "pdf": "application/pdf"
    case "txt": "text/plain"
    default: "application/octet-stream"
    }
  }
}
