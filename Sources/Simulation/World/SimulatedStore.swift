//! The disk that outlives every node: a journal in memory that loses what was not synchronised when power is cut.
import JournalCore

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedStore: @unchecked Sendable {
  /// As the next node to start finds it.
  private(set) var journal: MemoryJournal
  private let hooks: MemoryJournal.Hooks

  init(isLazy: Bool, witness: Witness) {
    hooks = MemoryJournal.Hooks(written: { write, outcome in witness.written(write, outcome) })
    journal = MemoryJournal(durability: isLazy ? .lazy : .synchronous, hooks: hooks)
  }

  /// Whoever still holds the old journal writes nothing more.
  func cutPower() { journal = journal.crashed(hooks: hooks) }
}
