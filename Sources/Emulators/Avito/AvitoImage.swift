//! Images as the emulated Avito keeps them: told by their first bytes, never by what the client says.

struct AvitoImage: Sendable {
  enum Format: String, Sendable {
    case jpeg, png, gif, bmp, heic
    var mimeType: String { "image/\(rawValue)" }
  }

  static let bytesMax = 24 << 20
  static let pixelsMax = 75_000_000
  static let sizes = ["32x32", "140x105", "640x480", "1280x960"]

  let format: Format
  let bytes: [UInt8]
  /// Only its account may send it.
  let owner: Int64

  init(bytes: [UInt8], owner: Int64) throws(AvitoError) {
    guard !bytes.isEmpty else { throw .invalid("uploadfile[]", "is empty") }
    guard bytes.count <= Self.bytesMax else { throw .invalid("uploadfile[]", "must be <= 24 MB") }
    guard let format = Self.format(of: bytes) else {
      throw .invalid("uploadfile[]", "must be JPEG, HEIC, GIF, BMP or PNG")
    }
    if format == .png, let pixels = Self.pixels(png: bytes), pixels > Self.pixelsMax {
      throw .invalid("uploadfile[]", "must be <= 75 megapixels")
    }
    self.format = format
    self.bytes = bytes
    self.owner = owner
  }

  private static func format(of bytes: [UInt8]) -> Format? {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return .gif }
    if bytes.starts(with: "BM".utf8) { return .bmp }
    // ISO base media: a box of type "ftyp" whose brand follows.
    guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    let brand = String(decoding: bytes[8..<12], as: UTF8.self)
    return ["heic", "heix", "hevc", "mif1"].contains(brand) ? .heic : nil
  }

  /// Width times height of the IHDR chunk.
  private static func pixels(png bytes: [UInt8]) -> Int? {
    guard bytes.count >= 24 else { return nil }
    func number(at offset: Int) -> Int { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
    let (product, overflow) = number(at: 16).multipliedReportingOverflow(by: number(at: 20))
    return overflow ? Int.max : product
  }
}
