//! What a library says about its making, read from its bytes while it is still only a file.

internal import Glibc
internal import SwitchboardSDK

/// The members of a handshake record (format: `PluginABI.handshake`).
package struct PluginHandshake: Sendable, Hashable {
  package var abi: Int
  /// Version of the SDK it was compiled against, as `1.0.0`.
  package var sdkVersion: String
  /// Version of the compiler, as `6.3.1`.
  package var compilerVersion: String

  package init(abi: Int, sdkVersion: String, compilerVersion: String) {
    self.abi = abi
    self.sdkVersion = sdkVersion
    self.compilerVersion = compilerVersion
  }

  /// That of this program, from the same record that plugins carry: the SDK and compiler it was built with.
  package static var host: PluginHandshake? {
    let start = PluginABI.handshake
    return PluginHandshake(record: UnsafeBufferPointer(start: start, count: strlen(start)))
  }

  /// Nil when the bytes are no complete record.
  init?(record: some Collection<UInt8>) {
    let magic = PluginABI.handshakeMagic.utf8
    guard record.starts(with: magic) else { return nil }
    var members: [String: String] = [:]
    var isClosed = false
    for part in record.dropFirst(magic.count).split(separator: UInt8(ascii: ";")) {
      let text = String(decoding: part, as: UTF8.self)
      if text == "end" { isClosed = true; break }
      guard let equals = text.firstIndex(of: "=") else { return nil }
      members[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    guard isClosed, let abi = members["abi"].flatMap({ Int($0) }), let sdk = members["sdk"],
      Self.numbers(of: sdk) != nil, let compiler = members["swift"], !compiler.isEmpty
    else { return nil }
    self.init(abi: abi, sdkVersion: sdk, compilerVersion: compiler)
  }

  enum Search: Hashable {
    case none
    case damaged
    case found(PluginHandshake)
    /// Two records that differ: no telling which of them is true.
    case contradictory
  }

  /// Looks through a whole file. The linker keeps one copy of equal texts; debugging sections may hold more.
  static func find(in bytes: [UInt8]) -> Search {
    let magic = Array(PluginABI.handshakeMagic.utf8)
    var outcome = Search.none
    bytes.withUnsafeBytes { file in
      guard let base = file.baseAddress else { return }
      var start = 0
      while start <= file.count - magic.count, let hit = memchr(base + start, Int32(magic[0]), file.count - start) {
        let offset = UnsafeRawPointer(hit) - base
        start = offset + 1
        guard offset <= file.count - magic.count, memcmp(hit, magic, magic.count) == 0 else { continue }
        let window = file[offset..<min(offset + PluginABI.handshakeBytesMax, file.count)]
        if let end = window.firstIndex(of: 0), let handshake = PluginHandshake(record: window[..<end]) {
          switch outcome {
          case .found(let other) where other != handshake: outcome = .contradictory
          case .none, .damaged: outcome = .found(handshake)
          case .found, .contradictory: break
          }
        } else if outcome == .none {
          outcome = .damaged
        }
      }
    }
    return outcome
  }

  /// Three whole numbers of `1.2.3`.
  static func numbers(of version: String) -> [Int]? {
    let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    return parts.count == 3 && numbers.count == 3 && numbers.allSatisfy { (0...999_999).contains($0) } ? numbers : nil
  }

  /// Why a plugin of this making cannot work in `host`; nil when it can. Same ABI number, same compiler (Swift
  /// promises no stable ABI on Linux), SDK no newer than the host's.
  package func mismatch(with host: PluginHandshake) -> PluginRefusal.Reason? {
    if abi != host.abi { return .abi(wanted: host.abi, found: abi) }
    if compilerVersion != host.compilerVersion {
      return .compiler(wanted: host.compilerVersion, found: compilerVersion)
    }
    let mine = Self.numbers(of: sdkVersion) ?? []
    let theirs = Self.numbers(of: host.sdkVersion) ?? []
    return theirs.lexicographicallyPrecedes(mine) ? .sdkNewer(wanted: host.sdkVersion, found: sdkVersion) : nil
  }
}
