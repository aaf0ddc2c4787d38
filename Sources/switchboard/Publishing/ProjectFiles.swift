//! The files of a project as they stand on the disk at one moment: flows and rules, read whole or not at all.
import FlowLoading
import FlowModel
import Foundation
import JournalCore
import SwitchboardSDK

/// One file, not yet looked into.
struct SourceFile: Sendable, Hashable {
  var kind: Publication.Part.Kind
  /// As people know it.
  var file: String
  var bytes: [UInt8]

  /// Of a rule: `reply` for `reply.lua`.
  var ruleName: String { URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent }
  var version: String { ContentHash.hexadecimal(bytes) }
}

enum ProjectFiles {
  /// Enough to see a change without reading.
  struct Stamp: Sendable, Hashable {
    /// Seconds since 1970, as fine as the file system tells.
    var modified: Double
    var size: Int64
    var inode: UInt64
  }
  struct Stamps: Sendable, Hashable {
    var flows: [String: Stamp]
    var rules: [String: Stamp]
  }
  private static let triesMax = 3

  /// Throws `StartupFailure` when a file or the folder of flows cannot be read, or when files change all the while.
  static func read(_ project: InstallationPlan.Project) throws -> [SourceFile] {
    for _ in 0..<triesMax {
      let before = stamps(of: project)
      let flows = try FlowFolders.files(in: project.flowsFolder).map { try read($0, .flow) }
      let rules = try before.rules.keys.sorted().map { try read($0, .rule) }
      if stamps(of: project) == before { return attaching(flows) + rules }
    }
    throw StartupFailure("the files of project '\(project.name)' change while they are read: try again")
  }

  /// A flow's version is all that it runs: the flows that it calls travel with it.
  private static func attaching(_ flows: [SourceFile]) -> [SourceFile] {
    let attached = AttachedFlows.attaching(flows.map { AttachedFlows.File(file: $0.file, bytes: $0.bytes) })
    return attached.map { SourceFile(kind: .flow, file: $0.file, bytes: $0.bytes) }
  }

  static func stamps(of project: InstallationPlan.Project) -> Stamps {
    Stamps(
      flows: stamps((try? FlowFolders.files(in: project.flowsFolder)) ?? []),
      rules: stamps(rules(in: project.rulesFolder)))
  }

  /// A missing folder has none.
  private static func rules(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".lua") && !$0.hasPrefix(".") && $0.utf8.count > 4 }.map { folder + "/" + $0 }
  }

  private static func stamps(_ paths: [String]) -> [String: Stamp] {
    var stamps: [String: Stamp] = [:]
    for path in paths {
      // Follows links, as reading does.
      let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      guard let facts = try? FileManager.default.attributesOfItem(atPath: target),
        facts[.type] as? FileAttributeType != .typeDirectory
      else { continue }
      stamps[path] = Stamp(
        modified: (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0,
        size: (facts[.size] as? NSNumber)?.int64Value ?? 0,
        inode: (facts[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0)
    }
    return stamps
  }

  /// One byte over the limit at most: what is longer is refused by its reader.
  private static func read(_ path: String, _ kind: Publication.Part.Kind) throws -> SourceFile {
    let shown = PathText.shown(path)
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Limits.sourceFileBytesMax + 1) ?? Data()
    else { throw StartupFailure("\(shown): cannot be read") }
    try? handle.close()
    return SourceFile(kind: kind, file: shown, bytes: Array(data))
  }
}
