//! Runs files of cases, one behind the other, and records snapshots where asked to.
import FlowLoading
import Foundation
package import RuleEngine

package struct CaseRunner: Sendable {
  private let projects: CaseProjects
  /// Only cases whose name has this in it, letter case aside.
  private let filter: String?
  private let updatesSnapshots: Bool
  private let covers: Bool
  private let rehearsal: RuleRehearsal

  package init(
    _ projects: CaseProjects, filter: String? = nil, updatesSnapshots: Bool = false, covers: Bool = false,
    rehearsal: RuleRehearsal = RuleRehearsal()
  ) {
    self.projects = projects
    self.filter = filter?.lowercased()
    self.updatesSnapshots = updatesSnapshots
    self.covers = covers
    self.rehearsal = rehearsal
  }

  /// - Parameter shown: the path as people know it.
  package func run(_ path: String, shown: String) async -> SuiteResult {
    let suite: CaseSuite
    do throws(CaseSuite.Refusal) { suite = try projects.suite(path, shown: shown) } catch {
      var result = SuiteResult(file: shown, subject: "")
      result.diagnostics = error.diagnostics
      return result
    }
    var result = SuiteResult(file: shown, subject: suite.file.subject.name)
    result.source = suite.file.source
    result.diagnostics = suite.warnings
    var snapshots = Snapshots(suite.neighbour(Snapshots.name(for: path)))
    for one in suite.file.cases where isAskedFor(one) {
      let player = CasePlayer(
        suite: suite, rehearsal: rehearsal, recorded: snapshots.cases[one.name], covers: covers)
      var played = await player.play(one)
      if one.isSnapshot, updatesSnapshots, played.wentAsExpected {
        played.failures = []
        played.isUpdated = snapshots.cases[one.name] != played.story
        snapshots.cases[one.name] = played.story
      }
      result.cases.append(played)
    }
    if updatesSnapshots, filter == nil {
      let names = Set(suite.file.cases.filter(\.isSnapshot).map(\.name))
      snapshots.cases = snapshots.cases.filter { names.contains($0.key) }
    }
    if updatesSnapshots, snapshots.isChanged { snapshots.write(beside: path) }
    return result
  }

  private func isAskedFor(_ one: TestCase) -> Bool { filter.map { one.name.lowercased().contains($0) } ?? true }
}

/// The recorded stories of one file of cases: `desk.snapshots.txt` beside `desk.cases.yaml`.
struct Snapshots {
  private static let headPrefix = "== "
  var cases: [String: [String]] = [:]
  private var read: [String: [String]] = [:]

  var isChanged: Bool { cases != read }

  init(_ bytes: [UInt8]?) {
    guard let bytes else { return }
    var name: String?
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true) {
      if line.hasPrefix(Self.headPrefix) {
        name = String(line.dropFirst(Self.headPrefix.count))
        if let name { cases[name] = [] }
      } else if let name {
        cases[name]?.append(String(line))
      }
    }
    read = cases
  }

  static func name(for path: String) -> String {
    let name = URL(fileURLWithPath: path).lastPathComponent
    return (name.hasSuffix(".cases.yaml") ? String(name.dropLast(11)) : name) + ".snapshots.txt"
  }

  func write(beside path: String) {
    let file = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(Self.name(for: path))
    guard !cases.isEmpty else { return (try? FileManager.default.removeItem(at: file)) ?? () }
    let text = cases.sorted { $0.key < $1.key }
      .map { "\(Self.headPrefix)\($0.key)\n" + $0.value.map { $0 + "\n" }.joined() }.joined(separator: "\n")
    try? Data(text.utf8).write(to: file, options: .atomic)
  }
}
