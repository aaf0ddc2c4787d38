//! A file on the emulated servers, and the ids by which one bot knows it.

internal import SwitchboardSDK

struct StoredFile: Sendable {
  var number: Int
  var kind: PlayedContent.Media
  var bytes: [UInt8]
  var fileName: String
  var mimeType: String
  var width: Int64 = 0
  var height: Int64 = 0
  /// `photos/file_12.jpg`.
  var path: String
  /// SHA-256, hexadecimal; made when it is first asked for, because a benchmark never asks.
  var digest: String { SHA256Digest.hexadecimal(bytes) }

  init(
    number: Int, kind: PlayedContent.Media, bytes: [UInt8], fileName: String, mimeType: String,
    width: Int64 = 0, height: Int64 = 0
  ) {
    self.number = number
    self.kind = kind
    self.bytes = bytes
    self.fileName = fileName
    self.mimeType = mimeType
    self.width = width
    self.height = height
    let folder =
      switch kind {
      case .photo: "photos"
      case .voice: "voice"
      case .audio: "music"
      case .video: "videos"
      case .document, .other: "documents"
      }
    let ending =
      switch kind {
      case .photo: "jpg"
      case .voice: "oga"
      default: fileName.split(separator: ".").last.map { String($0.filter { $0.isASCII && $0.isLetter }) } ?? "bin"
      }
    self.path = "\(folder)/file_\(number).\(ending.isEmpty ? "bin" : ending)"
  }

  /// Opaque, and different for each bot, as in Telegram.
  func id(for bot: Int64) -> String {
    let prefix =
      switch kind {
      case .photo: "AgACAgIAAxkB"
      case .voice: "AwACAgIAAxkB"
      case .audio: "CQACAgIAAxkB"
      case .video: "BAACAgIAAxkB"
      case .document, .other: "BQACAgIAAxkB"
      }
    return prefix + Self.code(bot) + "_" + Self.code(Int64(number))
  }

  /// The same for all bots.
  var uniqueID: String { "AQAD" + Self.code(Int64(number) &* 7_919) }

  /// Numbers of bot and file, or nil when the id was never given out in this form.
  static func parse(id: String) -> (bot: Int64, number: Int)? {
    guard id.utf8.count > 12 else { return nil }
    let parts = id.dropFirst(12).split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 2, let bot = Int64(parts[0], radix: 36), let number = Int(parts[1], radix: 36) else {
      return nil
    }
    return (bot, number)
  }

  private static func code(_ number: Int64) -> String { String(number, radix: 36) }
}

/// Finds out whether bytes are a picture, and how large (PNG, JPEG, GIF; other known kinds count as 640×480).
enum ImageProbe {
  static func size(of bytes: [UInt8]) -> (width: Int64, height: Int64)? {
    func number(_ at: Int, _ count: Int) -> Int64? {
      guard at + count <= bytes.count else { return nil }
      return bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int64($1) }
    }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      guard let width = number(16, 4), let height = number(20, 4) else { return nil }
      return (width, height)
    }
    if bytes.starts(with: "GIF8".utf8), bytes.count >= 10 {
      return (Int64(bytes[6]) | Int64(bytes[7]) << 8, Int64(bytes[8]) | Int64(bytes[9]) << 8)
    }
    if bytes.starts(with: [0xFF, 0xD8]) {
      var at = 2
      while at + 4 <= bytes.count, bytes[at] == 0xFF {
        let marker = bytes[at + 1]
        let isFrame = (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
        if isFrame, let height = number(at + 5, 2), let width = number(at + 7, 2) { return (width, height) }
        guard let length = number(at + 2, 2), length >= 2 else { break }
        at += 2 + Int(length)
      }
      return (640, 480)
    }
    let isOther = bytes.starts(with: "BM".utf8) || bytes.count > 12 && bytes[8..<12].elementsEqual("WEBP".utf8)
    return isOther ? (640, 480) : nil
  }
}
