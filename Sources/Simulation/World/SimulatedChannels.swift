//! The channels: they outlive every node, take only what is well-formed, and fail, break off before or after the
//! deed, throttle and dawdle as the seed has it. `avito` can be asked what became of a call, `desk` cannot.
import FlowModel
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedChannels: @unchecked Sendable {
  struct Deed {
    var connection: String
    /// The customer's chat: for a thread, the one it mirrors.
    var customer: String
    var thread: String?
    var text: String
    var messageID: String
    var key: CallKey
    var at: Int64
  }
  struct ThreadPlace: Hashable {
    var connection: String
    var thread: String
  }
  enum Fate { case done, refused(ActionError), doneUntold, lostUntold }

  private let chance: Chance
  let time: VirtualTime
  private let plan: SimulationPlan
  private let witness: Witness
  private var isCalm = false
  private var lastID = 100
  private(set) var deeds: [Deed] = []
  private var results: [String: ActionResult] = [:]
  /// Customer's chat by thread.
  private var threads: [ThreadPlace: String] = [:]
  private var deleted: Set<ThreadPlace> = []
  /// Until when a connection answers 429 only.
  private var storms: [String: Int64] = [:]

  init(chance: Chance, time: VirtualTime, plan: SimulationPlan, witness: Witness) {
    self.chance = chance
    self.time = time
    self.plan = plan
    self.witness = witness
  }

  /// From here on every call succeeds at once.
  func calm() {
    isCalm = true
    storms = [:]
  }

  func storm(_ connection: String, milliseconds: Int64) { storms[connection] = time.milliseconds + milliseconds }

  func delete(thread: String, of connection: String) {
    deleted.insert(ThreadPlace(connection: connection, thread: thread))
  }

  func isDeleted(thread: String, of connection: String) -> Bool {
    deleted.contains(ThreadPlace(connection: connection, thread: thread))
  }

  /// The thread in which something of this customer was shown last, if it still stands.
  func thread(of customer: String, on connection: String) -> String? {
    let shown = deeds.last { $0.connection == connection && $0.customer == customer && $0.thread != nil }
    guard let thread = shown?.thread, !isDeleted(thread: thread, of: connection) else { return nil }
    return thread
  }

  /// Time on the way, there or back. False when the caller went away meanwhile.
  func travel() async {
    if !isCalm, chance.percent(plan.slowCallPercent) {
      await time.sleep(chance.milliseconds(10...3_000))
    } else {
      await Task.yield()
    }
  }

  /// As `travel`, but over in the time that nodes of a cluster leave for it: a call that reaches its channel only
  /// after another node has asked about it cannot be told from one that never came.
  func travelNear() async {
    if !isCalm, chance.percent(plan.slowCallPercent) {
      await time.sleep(chance.milliseconds(10...900))
    } else {
      await Task.yield()
    }
  }

  func fate(of action: Action, on connection: String) -> Fate {
    let place = action.thread.map { ThreadPlace(connection: connection, thread: $0) }
    if let place, deleted.contains(place) { return .refused(ActionError(.threadGone, "message thread not found")) }
    guard !isCalm else { return .done }
    if let until = storms[connection], until > time.milliseconds {
      return .refused(ActionError(.rateLimited, "429", retryAfterMilliseconds: until - time.milliseconds))
    }
    guard chance.percent(plan.callTroublePercent) else { return .done }
    switch chance.int(0...99) {
    case 0..<30: return .refused(ActionError(.transient, "502"))
    case 30..<40: return .refused(ActionError(.rateLimited, "429", retryAfterMilliseconds: 3_000))
    case 40..<70: return .doneUntold
    case 70..<92: return .lostUntold
    case 92..<96: return .refused(ActionError(.invalid, "400"))
    default: return .refused(ActionError(connection.hasPrefix("avito") ? .recipientGone : .unauthorized, "403"))
    }
  }

  /// What the channel does; nothing else of it can be seen outside.
  func deed(_ action: Action, on connection: String, key: CallKey) -> ActionResult {
    lastID += 1
    let id = "\(lastID)"
    let result = ActionResult(remoteIDs: [id])
    switch action.name {
    case "open_thread":
      let customer = action.arguments["title"].textValue ?? ""
      witness.opened(customer: customer, on: connection, key: key, thread: id)
      threads[ThreadPlace(connection: connection, thread: id)] = customer
    case "send": say(action, on: connection, key: key, id: id)
    case "pin": break
    default: witness.broken(.wellFormed, "\(connection) knows no action '\(action.name)'")
    }
    results["\(connection)/\(action.idempotencyKey)"] = result
    return result
  }

  private func say(_ action: Action, on connection: String, key: CallKey, id: String) {
    let capabilities = connection.hasPrefix("avito") ? SimulatedFlows.avito : SimulatedFlows.desk
    let text = action.message?.text ?? ""
    let attachment = action.message?.attachment
    let scalarsMax = attachment == nil ? capabilities.textScalarsMax : capabilities.captionScalarsMax
    if text.isEmpty && attachment == nil { witness.broken(.wellFormed, "\(connection) was sent nothing") }
    if text.unicodeScalars.count > scalarsMax { witness.broken(.wellFormed, "too long for \(connection): \(text)") }
    if let attachment, !capabilities.attachmentKinds.contains(attachment.kind) {
      witness.broken(.wellFormed, "\(connection) takes no \(attachment.kind.rawValue)")
    }
    var customer = action.chat
    if let thread = action.thread {
      guard let mirrored = threads[ThreadPlace(connection: connection, thread: thread)] else {
        return witness.broken(.wellFormed, "\(connection) has no thread \(thread)")
      }
      customer = mirrored
    }
    deeds.append(
      Deed(
        connection: connection, customer: customer, thread: action.thread, text: text, messageID: id, key: key,
        at: time.milliseconds))
    witness.said(text, on: connection, to: customer, key: key)
  }

  func reconcile(_ action: Action, on connection: String) throws(ActionError) -> Reconciliation {
    if !isCalm, chance.percent(plan.callTroublePercent / 2) { throw ActionError(.transient, "503") }
    guard connection.hasPrefix("avito") else { return .cannotTell }
    return results["\(connection)/\(action.idempotencyKey)"].map { .performed($0) } ?? .notPerformed
  }
}

/// `run-7-2`: the second call of run 7.
struct CallKey: Hashable, Comparable {
  var run: Int64
  var sequence: Int

  init?(_ action: Action) {
    let parts = action.idempotencyKey.split(separator: "-")
    guard parts.count == 3, let run = Int64(parts[1]), let sequence = Int(parts[2]) else { return nil }
    self.run = run
    self.sequence = sequence
  }

  static func < (left: CallKey, right: CallKey) -> Bool {
    (left.run, left.sequence) < (right.run, right.sequence)
  }
}
