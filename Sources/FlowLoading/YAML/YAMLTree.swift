//! From bytes to a tree: our own composer over libyaml's events, because user files need exact places, budgets and
//! all their problems at once.
internal import SwitchboardSDK

package enum YAMLTree {
  /// Nil when the file cannot be read at all or is empty; the log then says why (but not for an empty one).
  package static func compose(_ bytes: [UInt8], into log: inout DiagnosticLog) -> YAMLNode? {
    guard let body = SourceCheck.check(bytes, file: log.file, into: &log) else { return nil }
    var composer = YAMLComposer(log: log)
    let disguised = LineSeparators.disguised(body)
    do throws(YAMLSyntaxError) {
      try YAMLEventStream.read(disguised) { composer.take($0) }
    } catch {
      composer.report(error)
    }
    log = composer.log
    return composer.isBroken ? nil : composer.root
  }
}

/// libyaml still ends lines at U+2028 and U+2029, as YAML 1.1 did. They travel through it as noncharacters of the
/// same length, which `SourceCheck` has refused in the file itself.
enum LineSeparators {
  static func disguised(_ bytes: [UInt8]) -> [UInt8] {
    exchanged(bytes, from: [0xE2, 0x80, 0xA8], to: [0xEF, 0xB7, 0x90])
  }
  static func restored(_ bytes: [UInt8]) -> [UInt8] {
    exchanged(bytes, from: [0xEF, 0xB7, 0x90], to: [0xE2, 0x80, 0xA8])
  }

  /// Both characters differ in the last byte only.
  private static func exchanged(_ bytes: [UInt8], from: [UInt8], to: [UInt8]) -> [UInt8] {
    guard bytes.count >= 3, bytes.contains(from[0]) else { return bytes }
    var result = bytes
    for index in 0..<bytes.count - 2
    where bytes[index] == from[0] && bytes[index + 1] == from[1]
      && (bytes[index + 2] == from[2] || bytes[index + 2] == from[2] + 1)
    {
      result[index + 2] = to[2] + (bytes[index + 2] - from[2])
      result[index] = to[0]
      result[index + 1] = to[1]
    }
    return result
  }
}
