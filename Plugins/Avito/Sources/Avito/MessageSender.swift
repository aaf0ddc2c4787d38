//! Performs `send`: a text in one call, a picture in two, of which only the second is visible to the customer.

internal import SwitchboardSDK

struct MessageSender: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account

  func perform(_ action: Action) async throws(ActionError) -> ActionResult {
    guard action.name == "send" else { throw ActionError(.invalid, "Avito has no action '\(action.name)'") }
    guard let message = action.message else { throw ActionError(.invalid, "'send' needs a message") }
    guard let attachment = message.attachment else { return try await sendText(message.text, action) }
    guard attachment.kind == .image else {
      throw ActionError(.unsupported, "Авито принимает только текст и изображения")
    }
    guard message.text.isEmpty else { throw ActionError(.unsupported, "Авито не принимает подпись к изображению") }
    return try await sendImage(attachment, action)
  }

  private func sendText(_ text: String, _ action: Action) async throws(ActionError) -> ActionResult {
    guard !text.isEmpty else { throw ActionError(.invalid, "an empty text") }
    guard text.unicodeScalars.count <= AvitoLimits.textScalarsMax else {
      throw ActionError(.invalid, "a text of more than \(AvitoLimits.textScalarsMax) characters")
    }
    let user = try await user()
    do throws(AvitoFailure) {
      return try Self.result(try await api.sendText(user, action.chat, text))
    } catch {
      throw error.forSend
    }
  }

  private func sendImage(_ attachment: Attachment, _ action: Action) async throws(ActionError) -> ActionResult {
    let user = try await user()
    let uploads = UploadMemory(store: context.store)
    let upload: UploadMemory.Upload
    if let kept = try await uploads.upload(for: action.idempotencyKey) {
      upload = kept
    } else {
      upload = try await self.upload(attachment, user)
      // Written down before the send, so that its trace can be recognised afterwards.
      try await uploads.keep(upload, for: action.idempotencyKey)
    }
    let result: ActionResult
    do throws(AvitoFailure) {
      result = try Self.result(
        try await api.sendImage(user, action.chat, imageID: upload.imageID), imageID: upload.imageID)
    } catch {
      let failure = error.forSend
      if failure.code == .invalid || failure.code == .recipientGone { await uploads.forget(action.idempotencyKey) }
      throw failure
    }
    await uploads.forget(action.idempotencyKey)
    return result
  }

  private func upload(_ attachment: Attachment, _ user: Int64) async throws(ActionError) -> UploadMemory.Upload {
    let file = try await context.files.fetch(attachment, bytesMax: AvitoLimits.imageBytesMax)
    guard Int64(file.bytes.count) <= AvitoLimits.imageBytesMax else {
      throw ActionError(.unsupported, "Авито принимает изображения до 24 МБ")
    }
    guard let format = ImageFormat(file.bytes) else {
      throw ActionError(.unsupported, "Авито принимает изображения JPEG, PNG, GIF, BMP и HEIC")
    }
    let form = MultipartForm(image: file.bytes, format: format, boundary: MultipartForm.randomBoundary())
    do throws(AvitoFailure) {
      let answer = try await api.uploadImage(user, form)
      guard let members = answer.mapValue, members.count == 1, let (id, sizes) = members.first else {
        throw AvitoFailure(.noAnswer, "upload image: no image id in the answer")
      }
      return UploadMemory.Upload(imageID: id, urls: (sizes.mapValue ?? [:]).values.compactMap(\.textValue))
    } catch {
      // An upload that nobody refers to is invisible: it may be repeated.
      throw error.forRead
    }
  }

  private func user() async throws(ActionError) -> Int64 {
    do throws(AvitoFailure) {
      return try await account.id()
    } catch {
      throw error.forRead
    }
  }

  private static func result(_ answer: Value, imageID: String? = nil) throws(AvitoFailure) -> ActionResult {
    guard let id = answer["id"].textValue, !id.isEmpty else {
      throw AvitoFailure(.noAnswer, "send: no message id in the answer")
    }
    var members: [String: Value] = ["id": .text(id), "created": answer["created"]]
    if let imageID { members["image_id"] = .text(imageID) }
    return ActionResult(remoteIDs: [id], value: .map(members))
  }
}

/// Which picture belongs to an action whose send is not settled. Without such a note the send was never begun.
struct UploadMemory: Sendable {
  struct Upload: Sendable, Hashable {
    var imageID: String
    /// Addresses of its sizes: the message that shows it repeats them.
    var urls: [String]
  }

  let store: any StorePort

  func upload(for key: String) async throws(ActionError) -> Upload? {
    do throws(IntakeError) {
      let kept = try await store.get("upload:" + key)
      guard let id = kept["image_id"].textValue else { return nil }
      return Upload(imageID: id, urls: (kept["urls"].listValue ?? []).compactMap(\.textValue))
    } catch {
      throw ActionError(.transient, "the store cannot be read: \(error.detail)")
    }
  }

  func keep(_ upload: Upload, for key: String) async throws(ActionError) {
    do throws(IntakeError) {
      try await store.set(
        "upload:" + key,
        ["image_id": .text(upload.imageID), "urls": .list(upload.urls.sorted().map(Value.text))])
    } catch {
      throw ActionError(.transient, "the store cannot be written: \(error.detail)")
    }
  }

  /// A note left behind costs a few bytes and is harmless.
  func forget(_ key: String) async { try? await store.set("upload:" + key, .null) }
}
