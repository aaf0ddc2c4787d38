//! Images and voices as bytes, at the addresses that messages name.
internal import SwitchboardSDK

extension AvitoWorld {
  /// `/image/<size>/<id>.<format>` and `/voice/<id>.mp4?expires=<unix seconds>`; public, as at Avito.
  func file(_ request: EmulatorRequest, at: Timestamp) -> EmulatorAnswer {
    let path = request.pathSegments
    guard request.method == "GET" || request.method == "HEAD", let name = path.last else {
      return AvitoError.noSuchPage.answer
    }
    let id = String(name.prefix { $0 != "." })
    switch (path[0], path.count) {
    case ("image", 3) where AvitoImage.sizes.contains(path[1]):
      if id == "avatar" { return Self.answer(AvitoSamples.image, "image/png") }
      guard let image = images[id] else { return AvitoError.noSuchPage.answer }
      return Self.answer(image.bytes, image.format.mimeType)
    case ("voice", 2):
      guard let voice = voices[id], let pairs = PercentCoding.pairs(request.rawQuery.utf8),
        let expiry = pairs.first(where: { $0.name == "expires" }).flatMap({ Int64($0.value) })
      else { return AvitoError.noSuchPage.answer }
      return at.secondsSince1970 < expiry ? Self.answer(voice, "audio/mp4") : AvitoError.forbidden.answer
    default: return AvitoError.noSuchPage.answer
    }
  }

  private static func answer(_ bytes: [UInt8], _ type: String) -> EmulatorAnswer {
    EmulatorAnswer(status: 200, headers: [HTTPHeader("content-type", type)], body: bytes)
  }
}
