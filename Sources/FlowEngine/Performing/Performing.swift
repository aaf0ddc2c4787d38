//! Room 6 of 8, Performing. OutgoingCall -> CallOutcome. May happen twice; the send ledger says when.
//! Next: Settling/RunCommit.swift.
import FlowModel
import JournalCore
import SwitchboardSDK

/// What came of a call, for the ledger and for the run.
enum CallOutcome: Sendable {
  case sent(ActionResult)
  case failed(ActionError)

  func ledgerEntry(sequence: Int, at moment: Timestamp) -> DeliveryChange {
    switch self {
    case .sent(let result):
      return .settle(
        sequence: sequence, state: .sent, remoteIDs: result.remoteIDs, result: result.value, error: nil, at: moment)
    case .failed(let error):
      return .settle(
        sequence: sequence, state: error.code == .unknown ? .unknown : .failed, remoteIDs: [], result: .null,
        error: "\(error.code.rawValue): \(error.detail)", at: moment)
    }
  }

  var input: RunMachine.Input {
    switch self {
    case .sent(let result): .delivered(result)
    case .failed(let error): .failed(error)
    }
  }
}

struct Performing: Sendable {
  let connections: any ConnectionsPort
  let clock: any ClockPort
  let pacer: Pacer

  /// The turn ends with the answer, or with the hope of one.
  func perform(_ call: OutgoingCall, _ turn: PaceTurn) async -> CallOutcome {
    let begunAt = clock.now()
    do throws(ActionError) {
      let result = try await attempt(call)
      pacer.end(turn, wasMade: true)
      return .sent(result)
    } catch {
      pacer.end(turn, after: error)
      guard error.code == .unknown else { return .failed(error) }
      return await reconciled(call.action, on: call.connection, begunAt: begunAt, error)
    }
  }

  /// Asks the channel what became of a call whose outcome was lost (promise 3).
  func reconciled(
    _ action: Action, on connection: String, begunAt: Timestamp, _ error: ActionError
  ) async -> CallOutcome {
    var pauseMilliseconds: Int64 = 1_000
    while true {
      // A question is a call like others, unless the engine is stopping: then it has no time to wait.
      let turn = await pacer.turn(for: Self.question, on: connection)
      do throws(ActionError) {
        let found = try await connections.reconcile(action, on: connection, begunAt: begunAt)
        if let turn { pacer.end(turn, wasMade: true) }
        switch found {
        case .performed(let result): return .sent(result)
        case .notPerformed: return .failed(ActionError(.transient, "not performed: \(error.detail)"))
        case .cannotTell: return .failed(error)
        @unknown default: return .failed(error)
        }
      } catch let refusal {
        if let turn { pacer.end(turn, after: refusal) }
        // A channel that is away for a while can tell later: until then nothing is repeated. The lane waits.
        guard Self.mayTellLater(refusal.code), !Task.isCancelled else {
          return .failed(ActionError(.unknown, "outcome could not be asked for: \(refusal.detail)"))
        }
        await clock.sleep(milliseconds: max(refusal.retryAfterMilliseconds ?? 0, pauseMilliseconds))
        pauseMilliseconds = min(pauseMilliseconds * 2, 60_000)
      }
    }
  }

  /// Counts for the connection and for no chat.
  private static let question = Action(name: "reconcile", idempotencyKey: "", chat: "")

  private static func mayTellLater(_ code: ActionError.Code) -> Bool {
    switch code {
    case .transient, .rateLimited, .unknown, .unauthorized: true
    case .threadGone, .recipientGone, .migrated, .unsupported, .invalid: false
    @unknown default: false
    }
  }

  private func attempt(_ call: OutgoingCall) async throws(ActionError) -> ActionResult {
    guard let milliseconds = call.timeoutMilliseconds else {
      return try await connections.perform(call.action, on: call.connection)
    }
    let outcome = await withTaskGroup(of: Result<ActionResult, ActionError>.self) { group in
      group.addTask {
        do throws(ActionError) {
          return .success(try await connections.perform(call.action, on: call.connection))
        } catch { return .failure(error) }
      }
      group.addTask {
        await clock.sleep(milliseconds: milliseconds)
        return .failure(ActionError(.unknown, "no answer within \(milliseconds) ms"))
      }
      let first = await group.next() ?? .failure(ActionError(.unknown, "no answer"))
      group.cancelAll()
      // An answer that came in the very moment of the deadline counts.
      if case .failure = first, let late = await group.next(), case .success = late { return late }
      return first
    }
    return try outcome.get()
  }
}
