//! A publication is one transaction: kept in the journal first, then in force, all of it between two runs of a lane.
//! Whatever fails leaves the old one serving. After it, work under way is seen to as `publish.running` says.
package import FlowModel
package import JournalCore
import SwitchboardSDK

package struct Publishing: Sendable {
  let journal: any Journal
  let store: any PublicationStore
  let flows: FlowBook
  let pauses: Pauses
  let clock: any ClockPort
  let sources: any FlowSourcePort
  let published: @Sendable () -> Void

  /// How far back orders to adopt or cancel are read at start.
  private static let recalled = FlowHistory.kept
  /// Tries when other nodes publish at the same time.
  private static let triesMax = 8

  /// Tells the flow book what served before. To be called once, before the first publication.
  package func recall(_ projects: [String]) async throws(JournalError) {
    for project in projects {
      flows.recall(try await store.publications(project: project, limit: Self.recalled).reversed())
    }
  }

  /// Puts a draft in force. Nothing serves differently when it throws. `install` puts rules in force, and cannot fail.
  /// A draft equal to what the journal says is served makes no new publication.
  package func publish(
    _ draft: PublicationDraft, install: @Sendable () -> Void = {}
  ) async throws(JournalError) -> Publication {
    try await AwaitedSorts.keep(draft.flows, project: draft.project, in: journal)
    for _ in 0..<Self.triesMax {
      let last = try await store.publications(project: draft.project, limit: 1).first
      if let last, last.hash == draft.hash, last.holds == draft.holds {
        serve(last, draft.flows, install)
        return last
      }
      let next = draft.publication(after: last, at: clock.now())
      if try await store.publish(next, sources: draft.sources) {
        serve(next, draft.flows, install)
        return next
      }
    }
    throw JournalError(.unavailable, "others publish project '\(draft.project)' all the time")
  }

  /// Puts in force what another node has published.
  package func follow(_ publication: Publication, _ flows: [Flow], install: @Sendable () -> Void) {
    serve(publication, flows, install)
  }

  private func serve(_ publication: Publication, _ served: [Flow], _ install: @Sendable () -> Void) {
    // Rules first: a flow of the new version never meets a rule of the old one.
    install()
    flows.publish(served, project: publication.project, as: publication)
    pauses.interrupt()
    published()
  }

  /// Sees to the pending timers of flows that do not pin, and counts what became of all work under way. May be cut
  /// off at any point and begun again: what has been moved is found moved. The publication, with its `work`.
  package func settleWork(of publication: Publication) async throws(JournalError) -> Publication {
    guard publication.work == nil else { return publication }
    var work = Publication.Work()
    for change in publication.changes where change.from != nil && change.to != nil {
      switch change.running {
      case nil, .pin: continue
      case .adopt, .cancel:
        var mover = WorkMover(publishing: self, project: publication.project, flow: change.part)
        try await mover.moveTimers()
        try await mover.countRuns()
        work.add(mover.work)
      }
    }
    var told = publication
    told.work = work
    try await store.amend(told)
    flows.amend(told)
    return told
  }

  /// A version, from memory or from the journal.
  func program(project: String, flow: String, version: String) async throws(JournalError) -> Program? {
    if let known = flows.program(project: project, flow: flow, version: version) { return known }
    guard let source = try await journal.flowVersion(flow: "\(project)/\(flow)", version: version),
      let loaded = sources.flow(project: project, file: source.file, source: source.source)
    else { return nil }
    let program = Program(loaded)
    flows.keep(program)
    return program
  }
}

extension Publication.Work {
  fileprivate mutating func add(_ other: Publication.Work) {
    adopted += other.adopted
    cancelled += other.cancelled
    pinned += other.pinned
    reasons.merge(other.reasons) { $0 + $1 }
  }
}
