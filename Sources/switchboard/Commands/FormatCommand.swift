//! `switchboard fmt`: flow files, cases and configurations in one style. Only white space moves.
import ArgumentParser
import FlowLoading
import Foundation

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Writes YAML files in the house style; moves white space only and keeps every comment.",
    discussion: """
      A folder stands for the *.yaml files in it and below. A file whose meaning would change is refused and left alone.
      Exit 0: done. 1: a file cannot be formatted, or with --check: would change. 2: wrong usage.

      Example:  switchboard fmt flows/ switchboard.yaml
                switchboard fmt --check flows/
                switchboard fmt - < draft.yaml
      """)

  @Argument(help: "Files and folders; '-' reads standard input and writes standard output.")
  var paths: [String] = ["."]

  @Flag(help: "Change nothing; print the files that are not in style and exit 1.")
  var check = false

  func run() throws {
    if paths == ["-"] { return try formatInput() }
    var isFine = true
    var changed = 0
    let files = try paths.flatMap(Self.files)
    for file in files {
      guard let bytes = FileManager.default.contents(atPath: file).map(Array.init) else {
        throw StartupFailure("\(file): cannot be read")
      }
      switch YAMLFormatter.format(bytes, file: PathText.shown(file)) {
      case .refused(let why):
        Console.error(why)
        isFine = false
      case .formatted(let result):
        guard result != bytes else { continue }
        changed += 1
        print(PathText.shown(file))
        if !check { try Self.replace(file, by: result) }
      }
    }
    if check, changed > 0 { isFine = false }
    Console.error("\(files.count) file\(files.count == 1 ? "" : "s"), \(changed) \(check ? "not in style" : "changed")")
    if !isFine { throw ExitCode(1) }
  }

  private func formatInput() throws {
    let bytes = Array((try? FileHandle.standardInput.readToEnd()) ?? Data())
    switch YAMLFormatter.format(bytes, file: "(standard input)") {
    case .refused(let why):
      Console.error(why)
      throw ExitCode(1)
    case .formatted(let result): FileHandle.standardOutput.write(Data(result))
    }
  }

  /// Written beside and put in its place at once, so that nobody reads half a file; a link stays a link.
  private static func replace(_ file: String, by bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: file).resolvingSymlinksInPath()
    let mode = try? FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions]
    do {
      try Data(bytes).write(to: url, options: .atomic)
      if let mode { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path) }
    } catch { throw StartupFailure("\(file): cannot be written: \(error.localizedDescription)") }
  }

  /// Hidden folders aside, and none of what builds leave behind.
  private static func files(at path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw StartupFailure("\(path): no such file or folder")
    }
    guard isFolder.boolValue else { return [path] }
    let found = FileManager.default.enumerator(
      at: URL(fileURLWithPath: path), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    return (found?.compactMap { $0 as? URL } ?? []).map(\.path)
      .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
  }
}
