//! The channels of a case: they outlive the engine, take what their plugins declare and refuse everything else.
import FlowLoading
import FlowModel
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseChannels: @unchecked Sendable {
  /// Something that reached the outside.
  struct Deed {
    var elapsed: Int64
    var connection: String
    var action: Action
    var remoteID: String
    /// Filled in from the send ledger.
    var step: String?
  }

  private struct ArmedFault {
    var fault: CaseFault
    var left: Int?
    var until: Int64?
  }

  private struct ThreadName: Hashable {
    var connection: String
    var chat: String
    var thread: String
  }

  private let connections: [String: CaseHouse.Connection]
  private let knowsAllChats: Bool
  private let story: CaseStory
  private let clock: CaseClock
  private var chats: Set<CaseFile.ChatPlace>
  private var threads: Set<ThreadName> = []
  private var faults: [ArmedFault] = []
  private var results: [String: ActionResult] = [:]
  private var lastID = 100
  private(set) var deeds: [Deed] = []

  init(_ setting: CaseSetting, clock: CaseClock, story: CaseStory) {
    connections = setting.house.connections
    knowsAllChats = setting.knowsAllChats
    chats = setting.chats
    self.clock = clock
    self.story = story
    for (name, facts) in setting.house.facts(settings: .null, isPaced: false) {
      guard let group = facts.groupChat else { continue }
      chats.insert(CaseFile.ChatPlace(connection: name, chat: group))
    }
  }

  /// Whoever writes can be written to.
  func know(chat: String, on connection: String) {
    chats.insert(CaseFile.ChatPlace(connection: connection, chat: chat))
  }

  func know(thread: String, in chat: String, on connection: String) {
    threads.insert(ThreadName(connection: connection, chat: chat, thread: thread))
  }

  func arm(_ fault: CaseFault) {
    faults.append(ArmedFault(fault: fault, left: fault.times, until: fault.milliseconds.map { clock.elapsed + $0 }))
  }

  /// The fault that meets this call, counted down.
  func fault(for action: Action, on connection: String) -> CaseFault? {
    faults.removeAll { $0.left == 0 || $0.until.map { $0 <= clock.elapsed } ?? false }
    guard
      let at = faults.firstIndex(where: {
        $0.fault.connection == connection && ($0.fault.action ?? action.name) == action.name
      })
    else { return nil }
    if let left = faults[at].left { faults[at].left = left - 1 }
    return faults[at].fault
  }

  /// Does what is asked, or refuses it as the channel would.
  func deed(_ action: Action, on connection: String) throws(ActionError) -> ActionResult {
    guard let manifest = connections[connection]?.manifest else {
      throw ActionError(.unauthorized, "connection '\(connection)' has no plugin")
    }
    try check(action, on: connection, manifest)
    lastID += 1
    let id = "\(lastID)"
    if action.name == "open_thread" { know(thread: id, in: action.chat, on: connection) }
    deeds.append(Deed(elapsed: clock.elapsed, connection: connection, action: action, remoteID: id))
    let result = ActionResult(remoteIDs: [id])
    results["\(connection)/\(action.idempotencyKey)"] = result
    story.tell("out", Self.described(action, on: connection))
    return result
  }

  func reconcile(_ action: Action, on connection: String) -> Reconciliation {
    guard connections[connection]?.manifest?.capabilities.canReconcile == true else { return .cannotTell }
    return results["\(connection)/\(action.idempotencyKey)"].map { .performed($0) } ?? .notPerformed
  }

  func refused(_ action: Action, on connection: String, _ error: ActionError) {
    story.tell("refused", "\(Self.described(action, on: connection)): \(error.code.rawValue), \(error.detail)")
  }

  /// What of a deed the send ledger tells.
  func note(step: String, at index: Int) { deeds[index].step = step }

  // MARK: Strictness

  private func check(_ action: Action, on connection: String, _ manifest: PluginManifest) throws(ActionError) {
    let abilities = manifest.capabilities
    guard
      knowsAllChats || action.name == "answer_callback"
        || chats.contains(CaseFile.ChatPlace(connection: connection, chat: action.chat))
    else {
      throw ActionError(
        .recipientGone, "\(connection) has no chat '\(action.chat)': nobody writes there, and 'chats' does not name it")
    }
    if let thread = action.thread {
      guard abilities.hasThreads else { throw ActionError(.invalid, "\(manifest.name) has no threads") }
      guard threads.contains(ThreadName(connection: connection, chat: action.chat, thread: thread)) else {
        throw ActionError(.threadGone, "\(connection) has no thread '\(thread)' in chat '\(action.chat)'")
      }
    }
    switch action.name {
    case "send": try check(action.message, manifest)
    case "open_thread":
      guard abilities.hasThreads else { throw ActionError(.invalid, "\(manifest.name) has no threads") }
      let title = action.arguments["title"].textValue ?? ""
      guard !title.isEmpty else { throw ActionError(.invalid, "a thread needs a title") }
    case "pin":
      guard abilities.hasThreads else { throw ActionError(.invalid, "\(manifest.name) pins nothing") }
    default:
      guard let declared = manifest.actions.first(where: { $0.name == action.name }) else {
        throw ActionError(.invalid, "\(manifest.name) has no action '\(action.name)'")
      }
      try check(action.arguments, of: declared)
    }
  }

  private func check(_ message: OutgoingMessage?, _ manifest: PluginManifest) throws(ActionError) {
    let abilities = manifest.capabilities
    guard let message else { throw ActionError(.invalid, "'send' without a message") }
    let length = message.text.unicodeScalars.count
    guard let attachment = message.attachment else {
      guard !message.text.allSatisfy(\.isWhitespace) else { throw ActionError(.invalid, "the text is empty") }
      guard length <= abilities.textScalarsMax else {
        throw ActionError(
          .invalid, "the text has \(length) characters, \(manifest.name) takes \(abilities.textScalarsMax)")
      }
      return
    }
    guard abilities.attachmentKinds.contains(attachment.kind) else {
      throw ActionError(.unsupported, "\(manifest.name) takes no \(attachment.kind.rawValue)")
    }
    guard length <= abilities.captionScalarsMax else {
      throw ActionError(
        .invalid, "the caption has \(length) characters, \(manifest.name) takes \(abilities.captionScalarsMax)")
    }
    if let size = attachment.sizeBytes, size > abilities.fileBytesMax {
      throw ActionError(.unsupported, "the file has \(size) bytes, \(manifest.name) takes \(abilities.fileBytesMax)")
    }
  }

  private func check(_ arguments: Value, of declared: ActionDeclaration) throws(ActionError) {
    let given = arguments.mapValue ?? [:]
    for name in given.keys.sorted() where !declared.arguments.contains(where: { $0.name == name }) {
      throw ActionError(.invalid, "action '\(declared.name)' has no argument '\(name)'")
    }
    for field in declared.arguments where field.isRequired && (given[field.name] ?? .null).displayText.isEmpty {
      throw ActionError(.invalid, "action '\(declared.name)' needs '\(field.name)'")
    }
  }

  // MARK: Telling

  static func described(_ action: Action, on connection: String) -> String {
    var text = "\(connection) \(action.chat)"
    if let thread = action.thread { text += "#\(thread)" }
    guard action.name == "send" else {
      return text + " \(action.name) \(JSON.text(action.arguments))"
    }
    if let attachment = action.message?.attachment { text += " [\(attachment.kind.rawValue)]" }
    if let said = action.message?.text, !said.isEmpty { text += " \(CaseStory.quoted(said))" }
    let buttons = (action.message?.buttons ?? []).flatMap { $0 }.map(\.text)
    return buttons.isEmpty ? text : text + " buttons: \(buttons.joined(separator: ", "))"
  }
}
