//! The disk that outlives every node: a journal in memory that loses what was not synchronised when power is cut.
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedStore: @unchecked Sendable {
  /// As the next node to start finds it; no node's own way to it where several share the store.
  private(set) var journal: MemoryJournal
  private let witness: Witness
  private let hooks: MemoryJournal.Hooks

  init(isLazy: Bool, witness: Witness) {
    self.witness = witness
    hooks = MemoryJournal.Hooks(written: { write, outcome in witness.written(write, outcome) })
    journal = MemoryJournal(
      durability: isLazy ? .lazy : .synchronous, hooks: hooks,
      clock: { [time = witness.time] in Timestamp(milliseconds: time.milliseconds) })
  }

  /// One node's way to the store that it shares with others.
  func way(of life: NodeLife) -> MemoryJournal {
    journal.sibling(
      hooks: MemoryJournal.Hooks(written: { [witness] write, outcome in witness.written(write, outcome, by: life) }))
  }

  /// Whoever still holds the old journal writes nothing more.
  func cutPower() { journal = journal.crashed(hooks: hooks) }
}
