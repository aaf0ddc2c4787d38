//! Several nodes serve one publication: each says which one it serves, and a node that starts with other files does
//! not decide for all.
import FlowEngine
import FlowModel
import Foundation
import JournalCore
import Logging
import SwitchboardSDK

extension Publisher {
  /// A node that has not been there for so long is not told of any more.
  private static let forgottenMilliseconds: Int64 = 600_000

  var nodeName: String { engine.membership?.status.node ?? NodeName.identity(of: plan).name }

  /// Alive by the store's clock, this one left out; none on a single node.
  private func otherNodes() async throws(JournalError) -> Set<String> {
    guard engine.membership != nil, let cluster = journal as? any ClusterStore else { return [] }
    var names = Set(try await cluster.livingNodes().map(\.name))
    names.remove(nodeName)
    return names
  }

  /// What nodes say that they serve, dead ones' last words included.
  func nodePublications() async throws(JournalError) -> [NodePublication] {
    try await store.publicationNotes(kind: NodePublication.kind).compactMap { NodePublication($0) }
  }

  /// Writes down what is served here, where that is not known yet.
  func acknowledge() async throws(JournalError) {
    for publication in engine.flows.publications.values.sorted(by: { $0.project < $1.project })
    where watch(publication.project).acknowledged != publication.number {
      let own = NodePublication(
        node: nodeName, project: publication.project, number: publication.number, hash: publication.hash,
        at: SystemClock().now())
      try await store.setPublicationNote(own.note)
      try await forgetDeadNodes(of: publication.project, at: own.at)
      note(publication.project) { $0.acknowledged = publication.number }
    }
  }

  private func forgetDeadNodes(of project: String, at now: Timestamp) async throws(JournalError) {
    let living = try await otherNodes()
    for one in try await nodePublications()
    where one.project == project && one.node != nodeName && !living.contains(one.node)
      && now.millisecondsSince(one.at) > Self.forgottenMilliseconds
    {
      var note = one.note
      note.body = .null
      try await store.setPublicationNote(note)
    }
  }

  /// What other nodes serve of this project, when the files here say something else. Nil when this node is alone, or
  /// its files are what serves, or are broken (which is told elsewhere).
  func publishedElsewhere(_ project: InstallationPlan.Project) async throws(PublicationRefusal) -> Publication? {
    let others = try await asking { () async throws(JournalError) in try await otherNodes() }
    guard !others.isEmpty, let last = try await last(of: project.name) else { return nil }
    let told = try await asking { () async throws(JournalError) in try await nodePublications() }
    guard told.contains(where: { $0.project == project.name && others.contains($0.node) }) else { return nil }
    guard let files = try? Self.read(project),
      let held = try? await replacing(files, by: last.holds, of: project)
    else { return nil }
    let bundle = folders.bundle(held.files, of: project)
    guard !bundle.hasErrors else { return nil }
    let here = bundle.flows.map { "\($0.name)=\($0.version)" } + bundle.ruleParts.map { "\($0.key)=\($0.version)" }
    return Set(here) == Set(last.parts.map { "\($0.key)=\($0.version)" }) ? nil : last
  }

  /// A node joins with other files than those that are published: it serves what the others serve, and says so.
  func join(_ published: Publication, of project: InstallationPlan.Project) async throws(PublicationRefusal) {
    let stamps = ProjectFiles.stamps(of: project)
    _ = try await follow(published, of: project)
    note(project.name) {
      $0.stamps = stamps
      $0.filesDiffer = true
    }
    log.warning(
      """
      the files here are not what the other nodes serve: publication \(published.number), hash \(published.hash), \
      serves here too; 'switchboard publish \(project.name)' puts files in force, on all nodes
      """, metadata: ["project": "\(project.name)", "node": "\(nodeName)"])
  }
}
