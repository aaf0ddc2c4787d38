//! getFile and the download behind it.
internal import SwitchboardSDK
internal import Testing

@Suite struct FileTests {
  private let voice = Attachment(kind: .voice, label: "🎤", fileID: "AwAC", connection: "desk", mimeType: "audio/ogg")
  private func described(size: Int, path: String = "voice/file 12.oga") -> ScriptedHTTP.Step {
    .ok("{\"file_id\":\"AwAC\",\"file_unique_id\":\"u\",\"file_size\":\(size),\"file_path\":\"\(path)\"}")
  }

  @Test func `a file is described, then downloaded`() async throws {
    let scene = try Scene([described(size: 4), .bytes(Array("OggS".utf8), headers: [])])
    let file = try await scene.connector.fetch(voice)
    #expect(file == FetchedFile(bytes: Array("OggS".utf8), fileName: "file 12.oga", mimeType: "audio/ogg"))
    #expect(scene.http.parameters(0) == ["file_id": "AwAC"])
    #expect(scene.http.requests[1].method == "GET")
    #expect(scene.http.requests[1].url == "https://api.telegram.org/file/bot\(Scene.token)/voice/file%2012.oga")
  }

  @Test func `a photo without name and type gets them from its path`() async throws {
    let scene = try Scene([described(size: 3, path: "photos/file_1.jpg"), .bytes([1, 2, 3], headers: [])])
    let file = try await scene.connector.fetch(Attachment(kind: .image, label: "🖼", fileID: "AgAC"))
    #expect(file.fileName == "file_1.jpg")
    #expect(file.mimeType == "image/jpeg")
  }

  @Test func `a truncated file is tried again`() async throws {
    let bySize = try Scene([described(size: 5), .bytes([1, 2], headers: [])])
    let error = await #expect(throws: ActionError.self) { try await bySize.connector.fetch(voice) }
    #expect(error?.code == .transient)
    let byHeader = try Scene([
      .ok("{\"file_id\":\"x\",\"file_path\":\"a/b\"}"), .bytes([1, 2], headers: [HTTPHeader("Content-Length", "9")]),
    ])
    let second = await #expect(throws: ActionError.self) { try await byHeader.connector.fetch(voice) }
    #expect(second?.code == .transient)
  }

  private static let tooBig: [[ScriptedHTTP.Step]] = [
    [.refused(400, "Bad Request: file is too big")],
    [.ok("{\"file_id\":\"x\",\"file_size\":20971521,\"file_path\":\"a/b\"}")],
    [.ok("{\"file_id\":\"x\",\"file_path\":\"a/b\"}"), .failure(HTTPError(.tooLarge, mayHaveBeenSent: true, "over"))],
  ]

  @Test(arguments: tooBig.indices)
  func `a file over 20 MB is told to the person, in Russian`(index: Int) async throws {
    let scene = try Scene(Self.tooBig[index])
    let error = await #expect(throws: ActionError.self) { try await scene.connector.fetch(voice) }
    #expect(error?.code == .unsupported)
    #expect(error?.detail.contains("20 МБ") == true)
  }

  @Test func `a size known beforehand saves the calls`() async throws {
    var large = voice
    large.sizeBytes = (20 << 20) + 1
    let scene = try Scene()
    let error = await #expect(throws: ActionError.self) { try await scene.connector.fetch(large) }
    #expect(error?.code == .unsupported)
    #expect(scene.http.requests.isEmpty)
  }

  private static let failures: [([ScriptedHTTP.Step], ActionError.Code)] = [
    ([.refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")], .unsupported),
    ([.ok("{\"file_id\":\"x\"}")], .unsupported), ([.ok("{\"file_path\":\"/var/lib/bot/file\"}")], .unsupported),
    ([.refused(401, "Unauthorized")], .unauthorized),
    ([.failure(HTTPError(.timeout, mayHaveBeenSent: true, "t"))], .transient),
    ([.ok("{\"file_path\":\"a/b\"}"), .refused(404, "Not Found")], .transient),
    ([.ok("{\"file_path\":\"a/b\"}"), .answer(status: 502, body: "<html>", headers: [])], .transient),
    (
      [.ok("{\"file_path\":\"a/b\"}"), .refused(429, "Too Many Requests", parameters: "{\"retry_after\":2}")],
      .rateLimited
    ),
  ]

  @Test(arguments: failures.indices)
  func `each failure of a file has its code`(index: Int) async throws {
    let (script, code) = Self.failures[index]
    let scene = try Scene(script)
    let error = await #expect(throws: ActionError.self) { try await scene.connector.fetch(voice) }
    #expect(error?.code == code)
  }
}
