//! Conversations as the journal knows them, the recent ones at hand. The journal stays the truth: an entry
//! here is only what was last committed.
import FlowModel
internal import JournalCore
internal import SwitchboardSDK
import Synchronization

package final class ConversationBook: Sendable {
  private struct ThreadKey: Hashable {
    var connection: String
    var chat: String
    var thread: String
  }
  private struct State {
    var snapshots: [String: ConversationSnapshot] = [:]
    var threads: [ThreadKey: String] = [:]

    mutating func keep(_ snapshot: ConversationSnapshot) {
      if snapshots.count >= ConversationBook.kept {
        snapshots.removeAll(keepingCapacity: true)
        threads.removeAll(keepingCapacity: true)
      }
      snapshots[snapshot.key] = snapshot
      for (connection, place) in snapshot.threads {
        threads[ThreadKey(connection: connection, chat: place.chat, thread: place.thread)] = snapshot.key
      }
    }
  }
  /// About 1 KiB each: 50,000 stay far below the memory that the product promises for 100,000 dialogs.
  private static let kept = 50_000

  private let journal: any Journal
  private let ownership: LaneOwnership
  private let flows: FlowBook
  private let state = Mutex(State())

  init(journal: any Journal, ownership: LaneOwnership, flows: FlowBook) {
    self.journal = journal
    self.ownership = ownership
    self.flows = flows
  }

  /// Whether nobody else changes conversations of this project whose lane is walked here: with `lane:` expressions
  /// another node may work on one of them, in another lane.
  private func isOurs(_ project: String) -> Bool { ownership.holdsAll || !flows.scatters(project) }

  /// The conversation an event belongs to: that of the thread it was written in, else that of its own chat.
  func key(of event: Event, connection: String, project: String) async throws(JournalError) -> String {
    guard let thread = event.thread else {
      return ConversationSnapshot.key(project: project, connection: connection, chat: event.chat.id)
    }
    let place = ThreadKey(connection: connection, chat: event.chat.id, thread: thread)
    // Another node that walks a lane may lead a thread elsewhere: then only the journal knows.
    let isAlone = ownership.holdsAll
    if isAlone, let key = state.withLock({ $0.threads[place] }) { return key }
    if let key = try await journal.conversation(ofThread: thread, chat: event.chat.id, connection: connection) {
      // A thread never leads into another project, even if two projects share a group.
      if key.hasPrefix(project + "/") {
        if isAlone { state.withLock { if ownership.holdsAll { $0.threads[place] = key } } }
        return key
      }
    }
    return ConversationSnapshot.key(
      project: project, connection: connection, chat: ConversationSnapshot.place(of: event))
  }

  /// What is known of a conversation; a new one has only its place.
  func snapshot(
    _ key: String, project: String, connection: String, chat: String
  ) async throws(JournalError) -> ConversationSnapshot {
    let term = isOurs(project) ? ownership.term(of: key) : nil
    if term != nil, let known = state.withLock({ $0.snapshots[key] }) { return known }
    guard let record = try await journal.conversation(key) else {
      return ConversationSnapshot(key: key, project: project, connection: connection, chat: chat)
    }
    let threads = try await journal.threads(of: key)
    let snapshot = ConversationSnapshot(
      key: key, project: record.project, connection: record.connection, chat: record.chat, name: record.name,
      facts: record.facts, state: record.state, answeredAt: record.answeredAt, autoRepliedAt: record.autoRepliedAt,
      threads: Dictionary(
        threads.map { ($0.connection, ThreadPlace(chat: $0.chat, thread: $0.thread)) },
        uniquingKeysWith: { _, last in last }))
    return state.withLock { state in
      // Only where the conversation is walked, and has been since before it was read.
      guard let term, ownership.term(of: key) == term, isOurs(project) else { return snapshot }
      // A commit that came meanwhile knows better.
      if let known = state.snapshots[key] { return known }
      state.keep(snapshot)
      return snapshot
    }
  }

  /// To be called after a commit: takes over what it changed. Two lanes may work on one conversation (`lane:` of
  /// a flow), so the rest of what a run believed is not believed here.
  func remember(_ snapshot: ConversationSnapshot, after effects: RunEffects) {
    state.withLock { state in
      guard ownership.term(of: snapshot.key) != nil, isOurs(snapshot.project) else {
        state.snapshots[snapshot.key] = nil
        return
      }
      var known = state.snapshots[snapshot.key] ?? snapshot
      for connection in effects.unboundThreads.union(effects.boundThreads.keys) {
        guard let place = known.threads.removeValue(forKey: connection) else { continue }
        state.threads[ThreadKey(connection: connection, chat: place.chat, thread: place.thread)] = nil
      }
      known.threads.merge(effects.boundThreads) { _, bound in bound }
      known.name = effects.name ?? known.name
      known.facts = effects.facts ?? known.facts
      known.state = effects.state ?? known.state
      known.answeredAt = effects.answeredAt ?? known.answeredAt
      known.autoRepliedAt = effects.autoRepliedAt ?? known.autoRepliedAt
      state.keep(known)
    }
  }

  /// Lanes of these partitions come or go: what was known of their conversations is not believed any more.
  func forget(_ partitions: Set<Int>) {
    state.withLock { state in
      state.snapshots = state.snapshots.filter { key, snapshot in
        !partitions.contains(LanePartition.of(key)) && !flows.scatters(snapshot.project)
      }
      state.threads.removeAll()
    }
  }
}
