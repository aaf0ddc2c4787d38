//! Small real files for the play.

enum DemoFiles {
  /// A PNG of one grey pixel.
  static let photo: [UInt8] = png(grey: 0x3F)
  static let answerPhoto: [UInt8] = png(grey: 0xC0)

  /// An MP4 head (`ftyp` and an empty `mdat` box), as Avito's voice files begin.
  static let voice: [UInt8] =
    [0, 0, 0, 0x18] + Array("ftypM4A ".utf8) + [0, 0, 2, 0] + Array("M4A isom".utf8) + [0, 0, 0, 8] + Array("mdat".utf8)

  /// 8-bit greyscale, 1 × 1, one stored deflate block (PNG specification §11, RFC 1950, RFC 1951).
  private static func png(grey: UInt8) -> [UInt8] {
    let scanline: [UInt8] = [0, grey]
    let sumA = UInt32(1 + 0 + UInt32(grey)) % 65_521
    let sumB = (1 + sumA) % 65_521
    let deflated: [UInt8] = [0x78, 0x01, 0x01, 0x02, 0x00, 0xFD, 0xFF] + scanline + bigEndian(sumB << 16 | sumA)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bigEndian(1) + bigEndian(1) + [8, 0, 0, 0, 0])
      + chunk("IDAT", deflated) + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(crc(body))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var register: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
    }
    return ~register
  }
}
