//! Publishing while ten thousand runs of the old version wait: each does what `publish.running` says, and the
//! publication does not wait for them.
import FlowModel
import Foundation
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.serialized, .timeLimit(.minutes(10))) struct ManyWaitingTests {
  private static let count = 10_000

  private static func flow(_ version: String, _ running: RunningPolicy = .pin, mark: String) -> Flow {
    DemoLikeFlow.desk(version: version, running: running, mark: mark)
  }

  private static func draft(_ flow: Flow) -> PublicationDraft {
    let source = FlowVersion(
      project: "shop", flow: "shop/desk", version: flow.version, file: "desk.yaml", source: flow.version)
    return PublicationDraft(project: "shop", flows: [flow], sources: [source], by: "anna", origin: .command)
  }

  @Test(arguments: [RunningPolicy.pin, .adopt, .cancel])
  func `ten thousand waiting runs are pinned, adopted or ended, and none is lost`(
    _ running: RunningPolicy
  ) async throws {
    let (old, new) = (Self.flow("v1", mark: "💬"), Self.flow("v2", running, mark: "🆕"))
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [], oldFlows: KnownFlows([old, new]))
    let publishing = rig.engine.publishing(journal)
    _ = try await publishing.publish(Self.draft(old))
    try await rig.playing { rig in
      for _ in 0..<Self.count { rig.connections.fail(ActionError(.transient, "away")) }
      for number in 0..<Self.count { try await rig.customer("раз", chat: "c\(number)") }
      await rig.waiting(Self.count)
      #expect(rig.engine.lanes.loads["shop"]?.runs == Self.count)

      let residentBefore = Self.residentKiB
      let begunAt = ContinuousClock.now
      let publication = try await publishing.publish(Self.draft(new))
      let published = ContinuousClock.now - begunAt
      let told = try await publishing.settleWork(of: publication)
      let settled = ContinuousClock.now - begunAt
      let work = try #require(told.work)
      if running == .adopt { #expect(work.adopted == Self.count && work.pinned == 0) }
      if running == .pin { #expect(work == Publication.Work()) }
      // Nothing of the new version waits for the old ones.
      try await rig.customer("новое", chat: "new")
      await rig.finished(running == .cancel ? Self.count + 1 : 1)
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(Self.count + 1)
      print(
        """
        \(Self.count) waiting runs, \(running.rawValue): published in \(published), all seen to in \(settled), \
        \((Self.residentKiB - residentBefore) / 1_024) MiB more (debug build, busy machine)
        """)
    }
    let texts = rig.connections.texts
    #expect(texts.count { $0 == "💬\nраз" } == (running == .pin ? Self.count : 0))
    #expect(texts.count { $0 == "🆕\nраз" } == (running == .adopt ? Self.count : 0))
    #expect(texts.count { $0 == "🆕\nновое" } == 1)
    let ended = rig.outcomes.count { $0 == "cancelled: superseded by version v2" }
    #expect(ended == (running == .cancel ? Self.count : 0))
    #expect(try await journal.counts().openRuns == 0)
  }

  private static var residentKiB: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
  }
}
