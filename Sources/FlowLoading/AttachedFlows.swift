//! A flow with the flows that it calls, in one text: so that a version is everything that it runs, and can be loaded
//! again as it was when it was published. To YAML the attached files are comments.
internal import SwitchboardSDK

package enum AttachedFlows {
  /// A flow file, before it is looked into.
  package struct File: Sendable, Hashable {
    package var file: String
    package var bytes: [UInt8]

    package init(file: String, bytes: [UInt8]) {
      self.file = file
      self.bytes = bytes
    }
  }

  private static let mark = Array("\n#@ flow ".utf8)
  private static let linePrefix = Array("#| ".utf8)

  /// Each file with all that it calls behind it; files that call nothing stay as they are.
  package static func attaching(_ files: [File]) -> [File] {
    // Nearly no file calls another: those are not even parsed.
    guard files.contains(where: { mayCall($0.bytes) }) else { return files }
    var heads: [String: (file: File, calls: [String])] = [:]
    var names: [String?] = []
    for file in files {
      let head = head(of: file)
      names.append(head?.name)
      if let head, heads[head.name] == nil { heads[head.name] = (file, head.calls) }
    }
    return zip(files, names).map { file, name in
      guard let name, let own = heads[name], !own.calls.isEmpty, own.file == file else { return file }
      var attached: [String] = []
      var open = own.calls
      while let next = open.popLast() {
        guard next != name, !attached.contains(next), let callee = heads[next] else { continue }
        attached.append(next)
        open += callee.calls
      }
      return File(
        file: file.file,
        bytes: attached.sorted().reduce(file.bytes) { bytes, name in
          heads[name].map { bytes + encoded(name, $0.file) } ?? bytes
        })
    }
  }

  /// Names of the flows, where one of them calls another; for suggestions.
  package static func names(in files: [File]) -> Set<String> {
    files.contains { mayCall(parts(of: $0.bytes).own) } ? Set(files.compactMap { head(of: $0)?.name }) : []
  }

  /// The flow's own file, and what is attached by name.
  package static func parts(of source: [UInt8]) -> (own: [UInt8], attached: [String: File]) {
    guard let start = source.firstRange(of: mark)?.lowerBound else { return (source, [:]) }
    var attached: [String: File] = [:]
    var rest = source[start...]
    while let begin = rest.firstRange(of: mark) {
      let body = rest[begin.upperBound...]
      let end = body.firstRange(of: mark)?.lowerBound ?? body.endIndex
      if let (name, file) = decoded(body[..<end]) { attached[name] = file }
      rest = body[end...]
    }
    return (Array(source[..<start]), attached)
  }

  private static func encoded(_ name: String, _ file: File) -> [UInt8] {
    var bytes = mark + Array("\(name) \(file.file)".utf8)
    for line in file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      bytes.append(0x0A)
      bytes += linePrefix
      bytes += line
    }
    return bytes
  }

  private static func decoded(_ part: ArraySlice<UInt8>) -> (String, File)? {
    var lines = part.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    guard let head = lines.popFirst(), let space = head.firstIndex(of: 0x20) else { return nil }
    let bytes = lines.map { line in
      line.starts(with: linePrefix) ? line.dropFirst(linePrefix.count) : line
    }.joined(separator: [0x0A])
    return (
      String(decoding: head[..<space], as: UTF8.self),
      File(file: String(decoding: head[head.index(after: space)...], as: UTF8.self), bytes: Array(bytes))
    )
  }

  // MARK: Who calls whom

  private static func mayCall(_ bytes: [UInt8]) -> Bool {
    let word = Array("flow:".utf8)
    guard let first = bytes.firstRange(of: word) else { return false }
    return bytes[first.upperBound...].firstRange(of: word) != nil
  }

  private static func head(of file: File) -> (name: String, calls: [String])? {
    var log = DiagnosticLog(file: file.file)
    guard let root = YAMLTree.compose(parts(of: file.bytes).own, into: &log), case .map(let entries) = root.content,
      let name = entries.first(where: { $0.key == "flow" })?.value.text, !name.isEmpty,
      !name.utf8.contains(where: { $0 <= 0x20 })
    else { return nil }
    var calls: [String] = []
    if let steps = entries.first(where: { $0.key == "steps" })?.value { collect(steps, &calls) }
    return (name, calls)
  }

  private static func collect(_ node: YAMLNode, _ calls: inout [String]) {
    switch node.content {
    case .scalar: return
    case .list(let elements): for element in elements { collect(element, &calls) }
    case .map(let entries):
      for entry in entries {
        if entry.key == "flow", case .scalar(.text(let name)) = entry.value.content { calls.append(name) }
        collect(entry.value, &calls)
      }
    }
  }
}

extension Collection where Element == UInt8 {
  fileprivate func firstRange(of word: [UInt8]) -> Range<Index>? {
    var start = startIndex
    while let first = self[start...].firstIndex(of: word[0]) {
      let rest = self[first...]
      if rest.starts(with: word) { return first..<index(first, offsetBy: word.count) }
      start = index(after: first)
    }
    return nil
  }
}
