//! The content of an attachment that came through this bot: `getFile`, then the download.
internal import SwitchboardSDK

struct FileFetching: Sendable {
  static let tooBig = "файл больше 20 МБ: такие файлы Telegram ботам не отдаёт"

  let api: BotAPI

  func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile {
    guard let fileID = attachment.fileID else { throw ActionError(.invalid, "the attachment has no file_id") }
    if let size = attachment.sizeBytes, size > BotAPI.downloadBytesMax { throw ActionError(.unsupported, Self.tooBig) }
    do throws(BotAPIFailure) {
      let file = try await api.call("getFile", ["file_id": .text(fileID)])
      return try await download(file, attachment)
    } catch {
      switch error.kind {
      case .refused(let refusal) where refusal.meaning == .fileTooBig: throw ActionError(.unsupported, Self.tooBig)
      case .refused(let refusal) where refusal.meaning == .fileUnusable:
        throw ActionError(.unsupported, "файл в Telegram больше недоступен (\(error.detail))")
      // The path was given a moment ago: a 404 is the file server's hiccup.
      case .refused(let refusal) where error.method == "file" && refusal.code == 404:
        throw ActionError(.transient, error.detail)
      case .network(let cause) where cause.code == .tooLarge: throw ActionError(.unsupported, Self.tooBig)
      default: throw error.actionError(isRepeatable: true)
      }
    }
  }

  private func download(_ file: Value, _ attachment: Attachment) async throws(BotAPIFailure) -> FetchedFile {
    if let size = file["file_size"].intValue, size > BotAPI.downloadBytesMax { throw Self.refusedAsTooBig }
    // Telegram leaves the path out when the file cannot be downloaded.
    guard let path = file["file_path"].textValue, !path.isEmpty else {
      throw BotAPIFailure("getFile", .refused(BotAPIRefusal(code: 400, description: "file is temporarily unavailable")))
    }
    guard !path.hasPrefix("/") else {
      let description = "file is temporarily unavailable: a Bot API server with --local gives paths on its own disk"
      throw BotAPIFailure("getFile", .refused(BotAPIRefusal(code: 400, description: description)))
    }
    let response = try await api.download(path)
    let announced = file["file_size"].intValue ?? response.header("content-length").flatMap { Int64($0) }
    if let announced, announced != Int64(response.body.count) {
      let detail = "the file has \(announced) bytes, \(response.body.count) came"
      throw BotAPIFailure("file", .network(HTTPError(.interrupted, mayHaveBeenSent: true, detail)))
    }
    let name = attachment.fileName ?? path.split(separator: "/").last.map(String.init) ?? "file"
    return FetchedFile(
      bytes: response.body, fileName: name, mimeType: attachment.mimeType ?? FileFormat.mimeType(ofName: name))
  }

  private static var refusedAsTooBig: BotAPIFailure {
    BotAPIFailure("getFile", .refused(BotAPIRefusal(code: 400, description: "file is too big")))
  }
}
