//! In which form a file goes out. Telegram shows a voice message only from OGG, MP3 or M4A and a photo only from
//! some formats; the rest goes as a document. The bytes decide: servers lie about MIME types.
internal import SwitchboardSDK

struct FileForm: Sendable {
  struct Method: Sendable, Hashable {
    var name: String
    var field: String
  }

  /// `sendPhoto` (Bot API).
  static let photoBytesMax = 10 << 20

  let method: String
  let part: MultipartForm.File
  var isDocument: Bool { method == "sendDocument" }

  private init(method: Method, part: MultipartForm.File) {
    self.method = method.name
    self.part = part
  }

  init(kind: Attachment.Kind, file: FetchedFile) {
    let format = FileFormat(of: file.bytes)
    let method: Method =
      switch kind {
      case .image where format.isPhoto && file.bytes.count <= Self.photoBytesMax: Self.photo
      case .voice where format.isVoice: Self.voice
      case .audio where format.isAudio: Self.audio
      case .video where format == .mp4: Self.video
      default: Self.document
      }
    self.init(
      method: method,
      part: MultipartForm.File(
        field: method.field, name: Self.name(file, format, method), mimeType: file.mimeType, bytes: file.bytes))
  }

  var asDocument: FileForm {
    var part = part
    part.field = Self.document.field
    return FileForm(method: Self.document, part: part)
  }

  /// By which method an attachment of this kind goes; nil for kinds that are no files.
  static func method(for kind: Attachment.Kind) -> Method? {
    switch kind {
    case .image: photo
    case .voice: voice
    case .audio: audio
    case .video: video
    case .document: document
    case .sticker, .location, .contact, .link, .item, .call, .other: nil
    @unknown default: nil
    }
  }

  private static let photo = Method(name: "sendPhoto", field: "photo")
  private static let voice = Method(name: "sendVoice", field: "voice")
  private static let audio = Method(name: "sendAudio", field: "audio")
  private static let video = Method(name: "sendVideo", field: "video")
  private static let document = Method(name: "sendDocument", field: "document")

  /// Telegram believes the name's ending more than the MIME type: a voice message must carry its true one.
  private static func name(_ file: FetchedFile, _ format: FileFormat, _ method: Method) -> String {
    let name = file.fileName.isEmpty ? "file" : file.fileName
    guard method == voice, let ending = format.voiceEnding, !name.lowercased().hasSuffix(".\(ending)") else {
      return name
    }
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return "\(stem.isEmpty ? "voice" : stem).\(ending)"
  }
}
