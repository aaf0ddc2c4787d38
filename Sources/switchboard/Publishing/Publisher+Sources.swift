//! Where the sources of a publication come from: files, and the journal for what is held or served already.
import FlowEngine
import FlowModel
import Foundation
import JournalCore
import SwitchboardSDK

extension Publisher {
  static func read(_ project: InstallationPlan.Project) throws(PublicationRefusal) -> [SourceFile] {
    do { return try ProjectFiles.read(project) } catch let failure as StartupFailure {
      throw PublicationRefusal(failure.description)
    } catch { throw PublicationRefusal(error.localizedDescription) }
  }

  func asking<T: Sendable>(
    _ question: () async throws(JournalError) -> T
  ) async throws(PublicationRefusal) -> T {
    do throws(JournalError) { return try await question() } catch { throw PublicationRefusal(error) }
  }

  func last(of project: String) async throws(PublicationRefusal) -> Publication? {
    try await asking { () async throws(JournalError) in try await store.publications(project: project, limit: 1).first }
  }

  /// What the journal keeps of these parts.
  func sources(of parts: [Publication.Part], in project: String) async throws(PublicationRefusal) -> [SourceFile] {
    var files: [SourceFile] = []
    for part in parts {
      let owner = ProjectBundle.owner(of: part.kind, part.name, in: project)
      let stored = try await asking { () async throws(JournalError) in
        try await journal.flowVersion(flow: owner, version: part.version)
      }
      guard let stored else {
        throw PublicationRefusal("version \(part.version) of \(part.key) is no longer kept in the journal")
      }
      files.append(SourceFile(kind: part.kind, file: stored.file, bytes: Array(stored.source.utf8)))
    }
    return files
  }

  /// Files whose very content was rolled back from give way to the version that was rolled back to. A roll-back
  /// whose file has changed since, or is gone, is over.
  func replacing(
    _ files: [SourceFile], by holds: [String: Publication.Hold], of project: InstallationPlan.Project
  ) async throws(PublicationRefusal) -> (files: [SourceFile], holds: [String: Publication.Hold]) {
    guard !holds.isEmpty else { return (files, [:]) }
    var kept: [String: Publication.Hold] = [:]
    var result: [SourceFile] = []
    for file in files {
      guard let (part, hold) = held(file, by: holds, among: files, of: project) else {
        result.append(file)
        continue
      }
      let name = file.kind == .rule ? file.ruleName : part
      result += try await sources(
        of: [Publication.Part(kind: file.kind, name: name, version: hold.to, file: file.file)], in: project.name)
      kept[part] = hold
    }
    return (result, kept)
  }

  private func held(
    _ file: SourceFile, by holds: [String: Publication.Hold], among files: [SourceFile],
    of project: InstallationPlan.Project
  ) -> (String, Publication.Hold)? {
    guard let (part, hold) = holds.first(where: { key, hold in
      hold.from == file.version && key.hasPrefix("rule:") == (file.kind == .rule)
    }) else { return nil }
    guard file.kind == .flow else { return part == "rule:\(file.ruleName)" ? (part, hold) : nil }
    let rules = files.filter { $0.kind == .rule }
    return folders.flowBundle(rules + [file], of: project).flows.first?.name == part ? (part, hold) : nil
  }

  /// Sources that must not be forgotten.
  var served: Set<FlowVersionName> {
    Set(
      engine.flows.publications.values.flatMap { publication in
        publication.parts.map {
          FlowVersionName(
            flow: ProjectBundle.owner(of: $0.kind, $0.name, in: publication.project), version: $0.version)
        }
      })
  }

  /// Whether the disk holds something else than what serves.
  func filesDiffer(_ project: InstallationPlan.Project) -> Bool {
    guard let files = try? ProjectFiles.read(project), let serving = engine.flows.publications[project.name] else {
      return true
    }
    let onDisk = files.map { $0.kind == .rule ? "rule:\($0.ruleName)=\($0.version)" : $0.version }.sorted()
    return onDisk != serving.parts.map { $0.kind == .rule ? "\($0.key)=\($0.version)" : $0.version }.sorted()
  }
}

enum RollbackTarget {
  /// A part of an earlier publication: the one asked for (the beginning of its version is enough), or the version
  /// that served before the present one.
  static func find(
    _ part: String, _ wanted: String?, in history: [Publication]
  ) throws(PublicationRefusal) -> Publication.Part {
    guard let last = history.first else { throw PublicationRefusal("nothing was published yet") }
    let current = last.parts.first { $0.key == part }
    var earlier: [Publication.Part] = []
    for one in history.flatMap(\.parts) where one.key == part && one.version != current?.version {
      if !earlier.contains(where: { $0.version == one.version }) { earlier.append(one) }
    }
    guard current != nil || !earlier.isEmpty else {
      let known = last.parts.map(\.key).joined(separator: ", ")
      throw PublicationRefusal("project '\(last.project)' has never served '\(part)'; it serves \(known)")
    }
    let told = earlier.map(\.version).joined(separator: ", ")
    guard let wanted else {
      guard let before = earlier.first else { throw PublicationRefusal("no other version of '\(part)' has served") }
      return before
    }
    if let current, current.version.hasPrefix(wanted), !wanted.isEmpty {
      throw PublicationRefusal("version \(current.version) of '\(part)' serves already")
    }
    let fitting = earlier.filter { $0.version.hasPrefix(wanted) }
    guard fitting.count == 1, !wanted.isEmpty else {
      throw PublicationRefusal(
        fitting.isEmpty
          ? "version '\(wanted)' of '\(part)' has not served; there are \(told.isEmpty ? "no others" : told)"
          : "'\(wanted)' fits several versions of '\(part)': \(fitting.map(\.version).joined(separator: ", "))")
    }
    return fitting[0]
  }
}
