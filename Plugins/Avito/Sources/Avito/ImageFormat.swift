//! Which pictures Avito takes.

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
