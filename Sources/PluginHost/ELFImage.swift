//! Reads of a shared library what must be known before `dlopen` may touch it: the loader maps a damaged file
//! blindly and the process dies at the first missing page.

/// Facts about one ELF file (System V ABI, "Object Files" and "Dynamic Linking"), 64-bit little-endian only.
struct ELFImage: Sendable, Hashable {
  /// `e_machine`: 62 for x86-64, 183 for AArch64.
  var machine: UInt16
  /// Names of the libraries it wants loaded (`DT_NEEDED`).
  var neededLibraries: [String]
  /// Which of the names asked for it defines for others.
  var definedSymbols: Set<String>

  enum Flaw: Error, Sendable, Hashable { case notELF, notSharedLibrary, truncated, damaged }

  #if arch(x86_64)
    static let hostMachine: UInt16 = 62
  #elseif arch(arm64)
    static let hostMachine: UInt16 = 183
  #else
    static let hostMachine: UInt16 = 0
  #endif

  init(_ bytes: [UInt8], lookingFor symbols: [String]) throws(Flaw) {
    let file = ByteReader(bytes)
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw .notELF }
    guard bytes.count >= 64 else { throw .truncated }
    // Class 64-bit, little-endian, version 1, type ET_DYN.
    guard bytes[4] == 2, bytes[5] == 1, bytes[6] == 1 else { throw .notSharedLibrary }
    guard try file.read(UInt16.self, at: 16) == 3 else { throw .notSharedLibrary }
    machine = try file.read(UInt16.self, at: 18)
    try Self.checkSegments(file)
    let sections = try Self.sections(file)
    neededLibraries = try Self.neededLibraries(file, sections)
    definedSymbols = try Self.definedSymbols(file, sections, among: symbols)
  }

  /// Every byte that the loader will map must be in the file.
  private static func checkSegments(_ file: ByteReader) throws(Flaw) {
    let start = try file.offset(at: 32)
    let size = Int(try file.read(UInt16.self, at: 54))
    let count = Int(try file.read(UInt16.self, at: 56))
    guard count > 0, size == 56 else { throw .damaged }
    for index in 0..<count {
      let header = start + index * size
      guard try file.read(UInt32.self, at: header) == 1 else { continue }
      let (end, overflow) = try file.offset(at: header + 8).addingReportingOverflow(file.offset(at: header + 32))
      guard !overflow, end <= file.count else { throw .truncated }
    }
  }

  private struct Section {
    var type: UInt32
    var offset: Int
    var size: Int
    var link: Int
  }

  private static func sections(_ file: ByteReader) throws(Flaw) -> [Section] {
    let start = try file.offset(at: 40)
    let size = Int(try file.read(UInt16.self, at: 58))
    let count = Int(try file.read(UInt16.self, at: 60))
    guard start > 0, count > 0, size == 64 else { throw .damaged }
    var sections: [Section] = []
    for index in 0..<count {
      let header = start + index * size
      let section = Section(
        type: try file.read(UInt32.self, at: header + 4), offset: try file.offset(at: header + 24),
        size: try file.offset(at: header + 32), link: Int(try file.read(UInt32.self, at: header + 40)))
      // SHT_NOBITS takes no room in the file.
      if section.type != 8 {
        let (end, overflow) = section.offset.addingReportingOverflow(section.size)
        guard !overflow, end <= file.count else { throw .truncated }
      }
      sections.append(section)
    }
    return sections
  }

  private static func neededLibraries(_ file: ByteReader, _ sections: [Section]) throws(Flaw) -> [String] {
    guard let dynamic = sections.first(where: { $0.type == 6 }), sections.indices.contains(dynamic.link) else {
      throw .damaged
    }
    let strings = sections[dynamic.link]
    var names: [String] = []
    for entry in stride(from: dynamic.offset, to: dynamic.offset + dynamic.size - 15, by: 16) {
      guard try file.read(UInt64.self, at: entry) == 1 else { continue }
      names.append(try file.text(at: try file.offset(at: entry + 8), within: strings.offset, size: strings.size))
    }
    return names
  }

  private static func definedSymbols(
    _ file: ByteReader, _ sections: [Section], among wanted: [String]
  ) throws(Flaw) -> Set<String> {
    guard let table = sections.first(where: { $0.type == 11 }), sections.indices.contains(table.link) else { return [] }
    let strings = sections[table.link]
    var found: Set<String> = []
    for symbol in stride(from: table.offset, to: table.offset + table.size - 23, by: 24) {
      let nameOffset = Int(try file.read(UInt32.self, at: symbol))
      guard try file.read(UInt16.self, at: symbol + 6) != 0, nameOffset < strings.size else { continue }
      for name in wanted where file.matches(name, at: strings.offset + nameOffset) { found.insert(name) }
    }
    return found
  }
}

/// Reads numbers out of bytes that may end anywhere.
struct ByteReader {
  private let bytes: [UInt8]
  var count: Int { bytes.count }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) throws(ELFImage.Flaw) -> Number {
    let width = MemoryLayout<Number>.size
    guard offset >= 0, offset <= bytes.count - width else { throw .truncated }
    var number: Number = 0
    for index in 0..<width { number |= Number(truncatingIfNeeded: bytes[offset + index]) << (8 * index) }
    return number
  }

  /// A file offset or size. What lies beyond 2^40 cannot be honest, and sums below it cannot overflow.
  func offset(at offset: Int) throws(ELFImage.Flaw) -> Int {
    let number = try read(UInt64.self, at: offset)
    guard number < 1 << 40 else { throw .damaged }
    return Int(number)
  }

  func text(at start: Int, within table: Int, size: Int) throws(ELFImage.Flaw) -> String {
    guard start < size, table + size <= bytes.count else { throw .damaged }
    return String(decoding: bytes[(table + start)..<(table + size)].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Whether a text with its closing zero byte stands at `offset`.
  func matches(_ text: String, at offset: Int) -> Bool {
    let end = offset + text.utf8.count
    return end < bytes.count && bytes[end] == 0 && bytes[offset..<end].elementsEqual(text.utf8)
  }
}
