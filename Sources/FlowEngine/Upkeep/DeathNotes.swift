//! Finds the run whose handling ends the process. A run that a start finds open is noted before it is begun, and the
//! note is taken back when it rests: what the next start finds noted was in hand when the process died. What comes
//! in while the engine runs costs nothing here; if its handling is deadly, it is found open by the next start.
import JournalCore
import SwitchboardSDK
import Synchronization

final class DeathNotes: Sendable {
  private struct Partition {
    /// How often the process has died with a run in hand.
    var deaths: [RunID: Int] = [:]
    var inHand: Set<RunID> = []
    var changes = 0
    var written = 0

    /// As the journal keeps it: what each run's count will be if the process dies now.
    var value: Value {
      var counts = deaths
      for run in inHand { counts[run, default: 0] += 1 }
      guard !counts.isEmpty else { return .null }
      return .map(Dictionary(uniqueKeysWithValues: counts.map { (String($0.key), Value.int(Int64($0.value))) }))
    }

    init(_ kept: Value = .null) {
      for (run, count) in kept.mapValue ?? [:] {
        if let run = RunID(run), let count = count.intValue { deaths[run] = Int(clamping: count) }
      }
    }
  }

  /// Under which name the journal keeps them; the key is the partition's number.
  static let place = "@deaths"
  private let journal: any Journal
  /// A single node keeps all of them in one place.
  private let isSole: Bool
  private let state = Mutex<[Int: Partition]>([:])
  /// Whoever writes takes all changes along that have come together meanwhile.
  private let writing = Turns()
  /// Runs that have been in hand at several deaths are begun one at a time: the next death tells which of them it is.
  let alone = Turns()

  init(journal: any Journal, isSole: Bool) {
    self.journal = journal
    self.isSole = isSole
  }

  func deaths(of run: RunID, in lane: String) -> Int {
    let partition = partition(of: lane)
    return state.withLock { $0[partition]?.deaths[run] ?? 0 }
  }

  private func partition(of lane: String) -> Int { isSole ? 0 : LanePartition.of(lane) }

  // MARK: At a start, and when partitions come and go

  /// Reads what the last holder of these partitions has noted; nil: of all of them.
  func load(_ partitions: Set<Int>?) async throws(JournalError) {
    let partitions = partitions ?? [0]
    let read = await withTaskGroup(of: (Int, Result<Value, JournalError>).self) { group in
      for partition in partitions.sorted() {
        group.addTask {
          do throws(JournalError) {
            let kept = try await self.journal.connectionValue(connection: Self.place, key: String(partition))
            return (partition, .success(kept))
          } catch { return (partition, .failure(error)) }
        }
      }
      var read: [(Int, Result<Value, JournalError>)] = []
      for await one in group { read.append(one) }
      return read
    }
    for (partition, value) in read {
      let kept = Partition(try value.get())
      state.withLock { $0[partition] = kept.deaths.isEmpty ? nil : kept }
    }
  }

  /// Forgets runs that are over: only these of the partitions are open.
  func keep(_ open: Set<RunID>, of partitions: Set<Int>?) {
    state.withLock { state in
      for partition in partitions ?? [0] {
        guard let deaths = state[partition]?.deaths else { continue }
        state[partition]?.deaths = deaths.filter { open.contains($0.key) }
      }
    }
  }

  /// The partitions go to another node; nothing of them is being written when this returns.
  func forget(_ partitions: Set<Int>) async {
    state.withLock { state in for partition in partitions { state[partition] = nil } }
    await writing.begin()
    writing.end()
  }

  // MARK: Runs

  /// Durable when it returns.
  func begin(_ run: RunID, in lane: String) async throws(JournalError) {
    try await change(lane) { $0.inHand.insert(run) }
  }

  /// The run waits, or is parked: a death from here on is not its doing. Durable when it returns.
  func rest(_ run: RunID, in lane: String) async throws(JournalError) {
    try await change(lane) { $0.inHand.remove(run) }
  }

  /// A person is asked about it, and it begins anew if they say so. Durable when it returns.
  func forgive(_ run: RunID, in lane: String) async throws(JournalError) {
    try await change(lane) { partition in
      partition.inHand.remove(run)
      partition.deaths[run] = nil
    }
  }

  /// Was not begun after all.
  func leave(_ run: RunID, in lane: String) {
    let partition = partition(of: lane)
    state.withLock { state in
      state[partition]?.inHand.remove(run)
      state[partition]?.changes += 1
    }
  }

  /// The run is over: the note falls away with the next that is written, and means nothing till then.
  func end(_ run: RunID, in lane: String) {
    let partition = partition(of: lane)
    state.withLock { state in
      state[partition]?.inHand.remove(run)
      state[partition]?.deaths[run] = nil
      state[partition]?.changes += 1
    }
  }

  private func change(_ lane: String, _ change: (inout Partition) -> Void) async throws(JournalError) {
    let partition = partition(of: lane)
    let wanted = state.withLock { state in
      change(&state[partition, default: Partition()])
      state[partition]?.changes += 1
      return state[partition]?.changes ?? 0
    }
    await writing.begin()
    defer { writing.end() }
    if state.withLock({ ($0[partition]?.written ?? .max) >= wanted }) { return }
    try await write()
  }

  private func write() async throws(JournalError) {
    let dirty = state.withLock { state in
      state.filter { $0.value.changes > $0.value.written }.map { (partition: $0.key, kept: $0.value) }
    }.sorted { $0.partition < $1.partition }
    let results = await withTaskGroup(of: (Int, Result<Void, JournalError>).self) { group in
      for (at, one) in dirty.enumerated() {
        group.addTask {
          do throws(JournalError) {
            try await self.journal.setConnectionValue(
              connection: Self.place, key: String(one.partition), value: one.kept.value)
            return (at, .success(()))
          } catch { return (at, .failure(error)) }
        }
      }
      var results: [(Int, Result<Void, JournalError>)] = []
      for await one in group { results.append(one) }
      return results
    }
    for (at, result) in results {
      try result.get()
      state.withLock { $0[dirty[at].partition]?.written = dirty[at].kept.changes }
    }
  }
}
