//! The send ledger: intended → sending → sent | failed | unknown (contract §7, promise 3).
package import SwitchboardSDK

package enum DeliveryState: Int, Sendable, Hashable, CaseIterable {
  case intended = 0
  /// Committed before the call goes out; what is found so after a crash is of unknown outcome.
  case sending = 1
  case sent = 2
  case failed = 3
  /// Was `sending` when the engine or the connection broke off, and could not be reconciled yet.
  case unknown = 4
}

/// A delivery is named by its run and a number that counts up within the run; no id comes back from the store.
package enum DeliveryChange: Sendable, Hashable {
  case insert(NewDelivery)
  /// A further attempt: state, attempt count and `begunAt`.
  case begin(sequence: Int, attempt: Int, at: Timestamp)
  case settle(sequence: Int, state: DeliveryState, remoteIDs: [String], result: Value, error: String?, at: Timestamp)
}

package struct NewDelivery: Sendable, Hashable {
  package var sequence: Int
  package var project: String
  package var connection: String
  package var chat: String
  package var step: String
  /// The `Action` as JSON (`ActionCoding`).
  package var request: [UInt8]
  /// `intended`, or `sending` when the call follows this very commit.
  package var state: DeliveryState
  package var at: Timestamp

  package init(
    sequence: Int, project: String, connection: String, chat: String, step: String, request: [UInt8],
    state: DeliveryState, at: Timestamp
  ) {
    self.sequence = sequence
    self.project = project
    self.connection = connection
    self.chat = chat
    self.step = step
    self.request = request
    self.state = state
    self.at = at
  }
}

package struct StoredDelivery: Sendable, Hashable {
  package var run: RunID
  package var sequence: Int
  package var connection: String
  package var chat: String
  package var step: String
  package var request: [UInt8]
  package var state: DeliveryState
  package var attempt: Int
  package var begunAt: Timestamp
  package var settledAt: Timestamp?
  package var remoteIDs: [String]
  package var result: Value
  package var error: String?

  package init(
    run: RunID, sequence: Int, connection: String, chat: String, step: String, request: [UInt8], state: DeliveryState,
    attempt: Int, begunAt: Timestamp, settledAt: Timestamp?, remoteIDs: [String], result: Value, error: String?
  ) {
    self.run = run
    self.sequence = sequence
    self.connection = connection
    self.chat = chat
    self.step = step
    self.request = request
    self.state = state
    self.attempt = attempt
    self.begunAt = begunAt
    self.settledAt = settledAt
    self.remoteIDs = remoteIDs
    self.result = result
    self.error = error
  }
}
