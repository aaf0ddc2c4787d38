//! Fetches what a customer sent: pictures by their public address, voice messages by a link that lives an hour.

internal import SwitchboardSDK

struct FileFetcher: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account

  func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile {
    if attachment.kind == .voice, let voice = attachment.fileID {
      return try await download(try await voiceURL(voice), fileName: "voice.mp4", mimeType: "audio/mp4")
    }
    guard attachment.kind == .image, let url = attachment.url else {
      throw ActionError(.unsupported, "Avito hands out pictures and voice messages only")
    }
    let file = try await download(url, fileName: "image.jpg", mimeType: "image/jpeg")
    guard let format = ImageFormat(file.bytes) else { return file }
    return FetchedFile(bytes: file.bytes, fileName: format.fileName, mimeType: format.mimeType)
  }

  private func voiceURL(_ voice: String) async throws(ActionError) -> String {
    do throws(AvitoFailure) {
      if let url = try await api.voiceURL(try await account.id(), voice) { return url }
    } catch {
      throw error.forRead
    }
    throw ActionError(.invalid, "voice files: Avito has no link for this message")
  }

  /// Without our token: the files lie on other servers.
  private func download(_ url: String, fileName: String, mimeType: String) async throws(ActionError) -> FetchedFile {
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
      throw ActionError(.invalid, "download: not a web address")
    }
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try await context.http.send(
        HTTPRequest(url: url, responseBytesMax: AvitoLimits.imageBytesMax, proxy: api.settings.proxy))
    } catch {
      let code: ActionError.Code = error.code == .tooLarge ? .unsupported : .transient
      throw ActionError(code, "download: \(error.code.rawValue)")
    }
    switch response.status {
    case 200:
      return FetchedFile(
        bytes: response.body, fileName: fileName, mimeType: response.header("Content-Type") ?? mimeType)
    case 429:
      let wait = RetryAfter.milliseconds(response.header("Retry-After"), now: context.clock.now())
      throw ActionError(.rateLimited, "download: status 429", retryAfterMilliseconds: wait)
    case 400..<500: throw ActionError(.invalid, "download: status \(response.status)")
    default: throw ActionError(.transient, "download: status \(response.status)")
    }
  }
}
