//! Brings what stands in files, in requests or in the journal into force: one project at a time, each a transaction.
import FlowEngine
import FlowModel
import Foundation
import JournalCore
import Logging
import RuleEngine
import SwitchboardSDK
import Synchronization

/// Why nothing was published. What served before goes on serving.
struct PublicationRefusal: Error, Sendable {
  var findings: [CheckFinding]

  init(_ findings: [CheckFinding]) { self.findings = findings }
  init(_ message: String) { findings = [CheckFinding(message: message)] }
  init(_ error: JournalError) { self.init("storage: \(error.code.rawValue): \(error.detail)") }

  var text: String { findings.filter(\.isError).map(\.text).joined(separator: "\n") }
  /// Its first line, for `/health`.
  var headline: String { String(text.prefix { $0 != "\n" }) }
}

/// Called by one task at a time.
final class Publisher: Sendable {
  let plan: InstallationPlan
  let folders: FlowFolders
  let journal: any Journal
  let store: any PublicationStore
  let engine: Engine
  let rules: RuleEngine
  let log: Logger
  let clock: SystemClock
  var publishing: Publishing { engine.publishing(store) }

  struct Watch: Sendable {
    var stamps: ProjectFiles.Stamps?
    /// Files on the disk are not what serves.
    var filesDiffer = false
    /// Why the last attempt was refused.
    var refusal: String?
    /// The publication that this node has said it serves.
    var acknowledged: Int64?
  }
  private let watches = Mutex<[String: Watch]>([:])

  init(
    plan: InstallationPlan, folders: FlowFolders, journal: any Journal & PublicationStore, engine: Engine,
    rules: RuleEngine, clock: SystemClock, log: Logger
  ) {
    self.plan = plan
    self.folders = folders
    self.journal = journal
    self.store = journal
    self.engine = engine
    self.rules = rules
    self.clock = clock
    self.log = log
  }

  func watch(_ project: String) -> Watch { watches.withLock { $0[project] ?? Watch() } }
  func note(_ project: String, _ change: (inout Watch) -> Void) {
    watches.withLock { change(&$0[project, default: Watch()]) }
  }

  /// Puts the files in force before any door is open. Files that are broken leave what was published last serving;
  /// where nothing was, throws `StartupFailure` with everything that is wrong in any project.
  func start() async throws {
    var failures: [String] = []
    do throws(JournalError) { try await publishing.recall(plan.projects.map(\.name)) } catch {
      throw StartupFailure(PublicationRefusal(error).text)
    }
    for project in plan.projects {
      do throws(PublicationRefusal) {
        if let published = try await publishedElsewhere(project) {
          try await join(published, of: project)
          continue
        }
        let publication = try await publish(filesOf: project, by: "start", origin: .start)
        tellHolds(of: publication)
      } catch {
        note(project.name) { $0.refusal = error.headline }
        if await !servesLast(of: project, because: error) { failures.append(error.text) }
      }
    }
    guard failures.isEmpty else { throw StartupFailure(failures.joined(separator: "\n")) }
    // Before another node may start: it asks who serves what.
    do throws(JournalError) { try await acknowledge() } catch { throw StartupFailure(PublicationRefusal(error).text) }
  }

  private func servesLast(of project: InstallationPlan.Project, because refusal: PublicationRefusal) async -> Bool {
    guard let last = (try? await store.publications(project: project.name, limit: 1))?.first,
      (try? await follow(last, of: project)) != nil
    else { return false }
    log.error(
      "the files cannot be published; publication \(last.number) goes on serving:\n\(refusal.text)",
      metadata: ["project": "\(project.name)"])
    return true
  }

  private func tellHolds(of publication: Publication) {
    for (part, hold) in publication.holds.sorted(by: { $0.key < $1.key }) {
      log.warning(
        """
        \(part) was rolled back: version \(hold.to) serves, the file's \(hold.from) does not, until its content \
        changes or 'switchboard publish \(publication.project)/\(part)'
        """, metadata: ["project": "\(publication.project)"])
    }
  }

  /// Publishes what stands on the disk.
  func publish(
    filesOf project: InstallationPlan.Project, by person: String, origin: Publication.Origin
  ) async throws(PublicationRefusal) -> Publication {
    let stamps = ProjectFiles.stamps(of: project)
    let publication = try await publish(try Self.read(project), of: project, released: [], by: person, origin: origin)
    note(project.name) {
      $0.stamps = stamps
      $0.filesDiffer = !publication.holds.isEmpty
    }
    return publication
  }

  /// Publishes these files. `released`: parts whose roll-back ends with it.
  func publish(
    _ files: [SourceFile], of project: InstallationPlan.Project, released: Set<String>, by person: String,
    origin: Publication.Origin
  ) async throws(PublicationRefusal) -> Publication {
    let last = try await last(of: project.name)
    let holds = (last?.holds ?? [:]).filter { !released.contains($0.key) }
    let held = try await replacing(files, by: holds, of: project)
    return try await put(held.files, holds: held.holds, of: project, by: person, origin: origin)
  }

  /// A rule file was saved: rules from the disk, flows as they serve.
  func publish(rulesOf project: InstallationPlan.Project) async throws(PublicationRefusal) -> Publication {
    let read = try Self.read(project).filter { $0.kind == .rule }
    let last = try await last(of: project.name)
    let holds = last?.holds ?? [:]
    let held = try await replacing(read, by: holds.filter { $0.key.hasPrefix("rule:") }, of: project)
    let served = try await sources(of: (last?.parts ?? []).filter { $0.kind == .flow }, in: project.name)
    let flowHolds = holds.filter { !$0.key.hasPrefix("rule:") }
    return try await put(
      held.files + served, holds: held.holds.merging(flowHolds) { $1 }, of: project, by: "file", origin: .edit)
  }

  /// Serves an earlier version of a flow (or `rule:NAME`) again. Without `version`: the one that served before.
  func rollBack(
    _ part: String, to version: String?, of project: InstallationPlan.Project, by person: String
  ) async throws(PublicationRefusal) -> Publication {
    let history = try await asking { () async throws(JournalError) in
      try await store.publications(project: project.name, limit: Self.historyMax)
    }
    let target = try RollbackTarget.find(part, version, in: history)
    guard let last = history.first else { throw PublicationRefusal("nothing was published yet") }
    var parts = last.parts.filter { $0.key != part }
    parts.append(target)
    var holds = last.holds
    let current = last.parts.first { $0.key == part }?.version ?? ""
    let from = holds[part]?.from ?? current
    holds[part] = from == target.version ? nil : Publication.Hold(from: from, to: target.version)
    return try await put(
      try await sources(of: parts, in: project.name), holds: holds, of: project, by: person, origin: .rollback)
  }

  /// Puts in force what the journal says is published: by another node, or before a start with broken files.
  func follow(
    _ publication: Publication, of project: InstallationPlan.Project
  ) async throws(PublicationRefusal) -> Publication {
    let bundle = folders.bundle(try await sources(of: publication.parts, in: project.name), of: project)
    guard !bundle.hasErrors else { throw PublicationRefusal(bundle.findings) }
    publishing.follow(publication, bundle.flows) { [rules] in
      rules.serve(project: project.name, directory: project.rulesFolder, bundle.rules)
    }
    return publication
  }

  private static let historyMax = 200

  private func put(
    _ files: [SourceFile], holds: [String: Publication.Hold], of project: InstallationPlan.Project,
    by person: String, origin: Publication.Origin
  ) async throws(PublicationRefusal) -> Publication {
    let bundle = folders.bundle(files, of: project)
    guard !bundle.hasErrors else { throw PublicationRefusal(bundle.findings) }
    // A roll-back is for trouble: the cases on the disk are those of the version that made it.
    if origin != .rollback {
      let failed = await RequiredCases(plan: plan, plugins: folders.plugins)
        .findings(files, rules: bundle.rules, of: project)
      guard !failed.contains(where: \.isError) else { throw PublicationRefusal(failed) }
    }
    for warning in bundle.warnings { Console.error(warning.text) }
    let draft = PublicationDraft(
      project: project.name, flows: bundle.flows, rules: bundle.ruleParts, sources: bundle.sources, holds: holds,
      settings: ContentHash.hexadecimal(JSON.bytes(project.settings)), by: person, origin: origin)
    return try await asking { () async throws(JournalError) in
      try await publishing.publish(draft) { [rules] in
        rules.serve(project: project.name, directory: project.rulesFolder, bundle.rules)
      }
    }
  }
}
