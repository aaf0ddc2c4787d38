//! `state:`, values of a project that outlive conversations: what may be asked, and what comes of it.
package import SwitchboardSDK

/// The step as written.
package struct StateAccess: Sendable, Hashable {
  package enum Operation: Sendable, Hashable {
    case get
    case set(Expression)
    case increment(by: Expression)
    case delete
  }
  package var operation: Operation
  package var key: Template
  /// Nil keeps for good.
  package var timeToLiveMilliseconds: Int64?

  package init(operation: Operation, key: Template, timeToLiveMilliseconds: Int64? = nil) {
    self.operation = operation
    self.key = key
    self.timeToLiveMilliseconds = timeToLiveMilliseconds
  }
}

/// A question to the project's values, with everything in it worked out.
package struct StateRequest: Sendable, Hashable {
  package enum Operation: Sendable, Hashable {
    case get
    case set(Value)
    case increment(by: Int64)
    case delete
  }
  package var operation: Operation
  package var key: String
  package var timeToLiveMilliseconds: Int64?

  package init(operation: Operation, key: String, timeToLiveMilliseconds: Int64? = nil) {
    self.operation = operation
    self.key = key
    self.timeToLiveMilliseconds = timeToLiveMilliseconds
  }
}

/// A value as the journal has it.
package struct StoredState: Sendable, Hashable {
  /// `.null`: not there, or deleted.
  package var value: Value
  package var expiresAt: Timestamp?
  /// Counts the changes of this key; 0 when there has been none. A change says which one it follows.
  package var revision: Int64
  /// Values that the project has; counted where the key is not among them.
  package var keysInProject: Int

  package init(value: Value = .null, expiresAt: Timestamp? = nil, revision: Int64 = 0, keysInProject: Int = 0) {
    self.value = value
    self.expiresAt = expiresAt
    self.revision = revision
    self.keysInProject = keysInProject
  }

  package func value(at now: Timestamp) -> Value {
    if let expiresAt, expiresAt <= now { return .null }
    return value
  }
}

/// What one key becomes.
package struct StateChange: Sendable, Hashable {
  package var key: String
  /// `.null` deletes.
  package var value: Value
  package var expiresAt: Timestamp?
  /// Of what was read: another change in between makes this one void.
  package var followsRevision: Int64

  package init(key: String, value: Value, expiresAt: Timestamp?, followsRevision: Int64) {
    self.key = key
    self.value = value
    self.expiresAt = expiresAt
    self.followsRevision = followsRevision
  }
}

extension StateRequest {
  /// What the step leaves, and what is to be stored with it; nothing for a look.
  package func applied(
    to stored: StoredState, at now: Timestamp
  ) -> Result<(result: Value, change: StateChange?), Fault> {
    let before = stored.value(at: now)
    let expiry = timeToLiveMilliseconds.map { now.adding(milliseconds: $0) }
    switch operation {
    case .get: return .success((Self.told(before, wasThere: !before.isNull), nil))
    case .delete:
      guard stored.revision > 0, !before.isNull else { return .success((Self.told(.null, wasThere: false), nil)) }
      let change = StateChange(key: key, value: .null, expiresAt: now, followsRevision: stored.revision)
      return .success((Self.told(.null, wasThere: true), change))
    case .set(let value):
      guard value.roughBytes <= Limits.stateValueBytesMax else {
        return .failure(fault("limit", "a value over \(Limits.stateValueBytesMax) bytes"))
      }
      // Setting to nothing is deleting.
      guard !value.isNull else {
        return StateRequest(operation: .delete, key: key).applied(to: stored, at: now)
      }
      return self.stored(value, before, expiry, after: stored)
    case .increment(let step):
      guard before.isNull || before.intValue != nil else {
        return .failure(fault("type", "'\(key)' holds no whole number"))
      }
      let (sum, isOver) = (before.intValue ?? 0).addingReportingOverflow(step)
      guard !isOver else { return .failure(fault("limit", "'\(key)' would be over the largest number")) }
      // A counter lives from its first count on: it is a window of time, not a pause without counts.
      return self.stored(.int(sum), before, before.isNull ? expiry : stored.expiresAt, after: stored)
    }
  }

  private func stored(
    _ value: Value, _ before: Value, _ expiresAt: Timestamp?, after stored: StoredState
  ) -> Result<(result: Value, change: StateChange?), Fault> {
    guard stored.revision > 0 || stored.keysInProject < Limits.stateKeysMax else {
      return .failure(fault("limit", "the project has \(stored.keysInProject) values already"))
    }
    let change = StateChange(key: key, value: value, expiresAt: expiresAt, followsRevision: stored.revision)
    return .success((Self.told(value, wasThere: !before.isNull), change))
  }

  private func fault(_ code: String, _ text: String) -> Fault { Fault(code: code, text: text, step: "") }

  private static func told(_ value: Value, wasThere: Bool) -> Value { ["value": value, "found": .bool(wasThere)] }
}
