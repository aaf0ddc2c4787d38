//! `switchboard fmt`: one way to write a file. It moves white space and nothing else; comments stay where they were.

package enum YAMLFormatter {
  package enum Outcome: Sendable, Hashable {
    /// The text as it should stand; the same as before when nothing was to do.
    case formatted([UInt8])
    /// The file cannot be read, or is written in a way that moving white space would change: it stays as it is. The
    /// text says why, with the place, as a person reads it.
    case refused(String)
  }

  package static func format(_ bytes: [UInt8], file: String) -> Outcome {
    var log = DiagnosticLog(file: file)
    let tree = YAMLTree.compose(bytes, into: &log)
    guard !log.hasErrors, let tree, let source = log.source else {
      guard log.hasErrors else { return .formatted(bytes) }
      return .refused(log.diagnostics.filter { $0.severity == .error }.map(\.text).joined(separator: "\n"))
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard let marks = FormatMarks.read(body) else { return .refused("\(file): it cannot be read twice") }
    var layout = LineLayout(source: source, marks: marks)
    let result = Array(TrailingComments.aligned(layout.lines()).utf8)
    guard saysTheSame(result, as: body, tree, file: file) else {
      return .refused("\(file): moving white space would change what this file says; it is left as it is")
    }
    return .formatted(result)
  }

  /// The promise of this file, kept by looking rather than by trust: the same characters, the same tree.
  private static func saysTheSame(_ result: [UInt8], as body: [UInt8], _ tree: YAMLNode, file: String) -> Bool {
    func ink(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } }
    var log = DiagnosticLog(file: file)
    guard ink(result) == ink(body), let again = YAMLTree.compose(result, into: &log), !log.hasErrors else {
      return false
    }
    return isSame(tree, again)
  }

  private static func isSame(_ left: YAMLNode, _ right: YAMLNode) -> Bool {
    guard left.style == right.style, left.text == right.text else { return false }
    switch (left.content, right.content) {
    case (.scalar(let first), .scalar(let second)): return first == second
    case (.list(let first), .list(let second)):
      return first.count == second.count && zip(first, second).allSatisfy(isSame)
    case (.map(let first), .map(let second)):
      return first.count == second.count
        && zip(first, second).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
    default: return false
    }
  }
}
