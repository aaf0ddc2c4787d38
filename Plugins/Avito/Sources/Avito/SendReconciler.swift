//! Finds out whether a send whose answer was lost took place: Avito knows no idempotency keys, but it shows our last
//! messages.

internal import SwitchboardSDK

struct SendReconciler: Sendable {
  /// Avito stamps in whole seconds, by its own clock.
  static let clockSkewMilliseconds: Int64 = 60_000
  /// A request that is still under way there may show up this late.
  static let settlingMilliseconds: Int64 = 10_000

  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account

  func reconcile(_ action: Action, begunAt: Timestamp) async throws(ActionError) -> Reconciliation {
    guard action.name == "send", let message = action.message else { return .cannotTell }
    let uploads = UploadMemory(store: context.store)
    var upload: UploadMemory.Upload?
    if message.attachment != nil {
      upload = try await uploads.upload(for: action.idempotencyKey)
      if upload == nil { return .notPerformed }
    }
    let wait = begunAt.adding(milliseconds: Self.settlingMilliseconds).millisecondsSince(context.clock.now())
    let first = try await look(action, message, upload, begunAt)
    guard first == .notPerformed, wait > 0 else { return await settled(first, action, uploads) }
    await context.clock.sleep(milliseconds: min(wait, Self.settlingMilliseconds))
    return await settled(try await look(action, message, upload, begunAt), action, uploads)
  }

  private func settled(
    _ outcome: Reconciliation, _ action: Action, _ uploads: UploadMemory
  ) async -> Reconciliation {
    if case .performed = outcome { await uploads.forget(action.idempotencyKey) }
    return outcome
  }

  private func look(
    _ action: Action, _ message: OutgoingMessage, _ upload: UploadMemory.Upload?, _ begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    let earliest = begunAt.adding(milliseconds: -Self.clockSkewMilliseconds).secondsSince1970
    for page in 0..<AvitoLimits.messagePagesMax {
      let messages: [Value]
      do throws(AvitoFailure) {
        messages = try await api.messages(
          try await account.id(), action.chat, offset: page * AvitoLimits.pageSize)
      } catch {
        throw error.forRead
      }
      for candidate in messages {
        guard let created = candidate["created"].intValue else { continue }
        if created < earliest { return .notPerformed }
        guard candidate["direction"].textValue == "out", let id = candidate["id"].textValue,
          Self.shows(candidate, message, upload)
        else { continue }
        // One that the ledger has already given to another send cannot be this one.
        if await context.intake.isOwnMessage(chat: action.chat, messageID: id) { continue }
        return .performed(ActionResult(remoteIDs: [id], value: ["id": .text(id), "created": .int(created)]))
      }
      if messages.count < AvitoLimits.pageSize { return .notPerformed }
    }
    return .cannotTell
  }

  private static func shows(_ candidate: Value, _ message: OutgoingMessage, _ upload: UploadMemory.Upload?) -> Bool {
    guard let upload else {
      return candidate["type"].textValue == "text" && candidate["content"]["text"].textValue == message.text
    }
    let shown = (candidate["content"]["image"]["sizes"].mapValue ?? [:]).values.compactMap(\.textValue)
    return candidate["type"].textValue == "image"
      && shown.contains { url in upload.urls.contains(url) || url.contains(upload.imageID) }
  }
}
