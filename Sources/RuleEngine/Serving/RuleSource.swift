//! One version of a rule file.
internal import FlowModel

package struct RuleSource: Sendable, Hashable {
  /// `reply` for `reply.lua`.
  package var name: String
  /// As diagnostics name it.
  package var file: String
  package var bytes: [UInt8]
  /// What Lua calls it in errors: the file's last part, short enough that Lua does not cut it.
  let chunkName: String
  /// Content hash (FNV-1a, 64 bits, hexadecimal): equal for equal files, on every node.
  package var version: String

  package init(name: String, file: String, bytes: [UInt8]) {
    self.name = name
    self.file = file
    self.bytes = bytes
    let part = file.split(separator: "/").last.map(String.init) ?? file
    chunkName = part.utf8.count <= 48 ? part : "rule.lua"
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    version = String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// What must not even reach Lua's compiler: files over the limit, and variables with `<close>`, whose handlers could
  /// run where no budget reaches (reliability.md §5.3, note b).
  func refuseUnsafe() throws(RuleFailure) {
    if bytes.count > RuleLimits.fileBytesMax {
      throw RuleFailure(
        code: .failed, rule: name, detail: "the file has \(bytes.count) bytes, over \(RuleLimits.fileBytesMax)")
    }
    if let close = RuleScanner(bytes).closeAttribute() {
      throw RuleFailure(code: .failed, rule: name, line: close.line, detail: "<close> is not allowed in rules")
    }
  }
}
