//! Fetches what a customer sent: pictures by their public address, voice messages by a link that lives an hour.

internal import SwitchboardSDK

struct FileFetcher: Sendable {
  private static let redirectsMax = 3

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

  /// Without our token: the files lie on other servers. Their addresses come out of messages, so they may lead to
  /// the public internet only, each redirect included; the API's own host (an emulator's, say) is trusted.
  private func download(_ url: String, fileName: String, mimeType: String) async throws(ActionError) -> FetchedFile {
    var link = WebLink(url)
    for _ in 0...Self.redirectsMax {
      guard let current = link else { throw ActionError(.invalid, "download: not a web address") }
      let response = try await request(current)
      switch response.status {
      case 200:
        return FetchedFile(
          bytes: response.body, fileName: fileName, mimeType: response.header("Content-Type") ?? mimeType)
      case 301, 302, 303, 307, 308: link = response.header("Location").flatMap(current.following)
      case 429:
        let wait = RetryAfter.milliseconds(response.header("Retry-After"), now: context.clock.now())
        throw ActionError(.rateLimited, "download: status 429", retryAfterMilliseconds: wait)
      case 300..<500: throw ActionError(.invalid, "download: status \(response.status)")
      default: throw ActionError(.transient, "download: status \(response.status)")
      }
    }
    throw ActionError(.invalid, "download: more than \(Self.redirectsMax) redirects")
  }

  private func request(_ link: WebLink) async throws(ActionError) -> HTTPResponse {
    var request = HTTPRequest(
      url: link.text, responseBytesMax: AvitoLimits.imageBytesMax, proxy: api.settings.proxy)
    request.refusesPrivateAddresses = link.origin != WebLink(api.settings.apiBase)?.origin
    do throws(HTTPError) {
      return try await context.http.send(request)
    } catch {
      let code: ActionError.Code =
        switch error.code {
        case .tooLarge: .unsupported
        case .badURL: .invalid
        default: .transient
        }
      throw ActionError(code, "download: \(error.code.rawValue)")
    }
  }
}
