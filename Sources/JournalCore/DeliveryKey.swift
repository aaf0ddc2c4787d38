//! Run and sequence as one integer, so that the ledger is one tree ordered by run, without an index beside it.

package enum DeliveryKey {
  /// A run makes at most a thousand steps of ten parts (`Limits`): 65,536 leaves room.
  package static let sequencesPerRun: Int64 = 65_536
  package static let runMax: RunID = .max / sequencesPerRun - 1

  /// For a run and a sequence in range.
  package static func key(run: RunID, sequence: Int) -> Int64 { run &* sequencesPerRun &+ Int64(sequence) }
  package static func run(_ key: Int64) -> RunID { key / sequencesPerRun }
  package static func sequence(_ key: Int64) -> Int { Int(key % sequencesPerRun) }

  package static func isInRange(_ change: DeliveryChange) -> Bool {
    switch change {
    case .insert(let new): (0..<Int(sequencesPerRun)).contains(new.sequence)
    case .begin(let sequence, _, _), .settle(let sequence, _, _, _, _, _):
      (0..<Int(sequencesPerRun)).contains(sequence)
    }
  }
}
