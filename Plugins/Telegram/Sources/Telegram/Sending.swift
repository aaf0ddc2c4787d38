//! The action `send`: a text, or one attachment with its caption, into a chat and perhaps a topic.
internal import SwitchboardSDK

struct Sending: Sendable {
  let context: ConnectionContext
  let api: BotAPI
  let chat: Value
  let thread: Int64?

  func send(_ message: OutgoingMessage) async throws(ActionError) -> ActionResult {
    var parameters: [String: Value] = ["chat_id": chat]
    if let thread { parameters["message_thread_id"] = .int(thread) }
    if !message.buttons.isEmpty { parameters["reply_markup"] = try InlineKeyboard.markup(message.buttons) }
    if let attachment = message.attachment {
      if !message.text.isEmpty { parameters["caption"] = .text(message.text) }
      return try await send(attachment, parameters)
    }
    guard !message.text.isEmpty else { throw ActionError(.invalid, "a message without text and attachment") }
    // No parse_mode: customers' texts are never markup (channels.md §1.8).
    parameters["text"] = .text(message.text)
    return try await delivered("sendMessage", parameters, file: nil)
  }

  private func send(_ attachment: Attachment, _ parameters: [String: Value]) async throws(ActionError) -> ActionResult {
    guard let method = FileForm.method(for: attachment.kind) else {
      throw ActionError(.unsupported, "Telegram не принимает такое вложение: \(attachment.label.prefix(100))")
    }
    if let fileID = attachment.fileID, attachment.connection == context.connection {
      var reused = parameters
      reused[method.field] = .text(fileID)
      do throws(BotAPIFailure) {
        return result(try await call(method.name, reused, file: nil))
      } catch {
        // An id keeps its kind (a round video is no video to sendVideo): then the bytes go anew.
        guard error.refusal?.meaning == .fileUnusable else { throw error.actionError(isRepeatable: false) }
      }
    }
    let form = FileForm(kind: attachment.kind, file: try await fetched(attachment))
    do throws(BotAPIFailure) {
      return result(try await call(form.method, parameters, file: form.part))
    } catch {
      // A picture that Telegram cannot show as a photo (too long and thin, broken) still arrives as a file.
      guard error.refusal?.meaning == .fileUnusable, !form.isDocument else {
        throw error.actionError(isRepeatable: false)
      }
    }
    let document = form.asDocument
    return try await delivered(document.method, parameters, file: document.part)
  }

  /// The bytes travel through us: Telegram's servers may not reach another channel's addresses, and these expire.
  private func fetched(_ attachment: Attachment) async throws(ActionError) -> FetchedFile {
    do throws(ActionError) {
      return try await context.files.fetch(attachment, bytesMax: BotAPI.uploadBytesMax)
    } catch {
      // Nothing has been sent yet, and the failure is the source's, not this connection's.
      switch error.code {
      case .transient, .rateLimited, .unsupported: throw error
      case .unknown, .unauthorized: throw ActionError(.transient, error.detail)
      case .threadGone, .recipientGone, .migrated, .invalid: throw ActionError(.unsupported, error.detail)
      @unknown default: throw ActionError(.transient, error.detail)
      }
    }
  }

  private func delivered(
    _ method: String, _ parameters: [String: Value], file: MultipartForm.File?
  ) async throws(ActionError) -> ActionResult {
    do throws(BotAPIFailure) {
      return result(try await call(method, parameters, file: file))
    } catch {
      throw error.actionError(isRepeatable: false)
    }
  }

  /// Opens a closed topic once and repeats: an operator who closed it may write there again, and so may a customer.
  private func call(
    _ method: String, _ parameters: [String: Value], file: MultipartForm.File?
  ) async throws(BotAPIFailure) -> Value {
    do throws(BotAPIFailure) {
      return try await api.call(method, parameters, file: file)
    } catch {
      guard let thread, error.refusal?.meaning == .topicClosed else { throw error }
      do throws(BotAPIFailure) {
        _ = try await api.call("reopenForumTopic", ["chat_id": chat, "message_thread_id": .int(thread)])
      } catch {
        // Opened by somebody else meanwhile.
        guard error.refusal?.meaning == .alreadySo else { throw error.beforeSending }
      }
      return try await api.call(method, parameters, file: file)
    }
  }

  private func result(_ message: Value) -> ActionResult {
    let id = message["message_id"].intValue.map(String.init)
    return ActionResult(
      remoteIDs: id.map { [$0] } ?? [],
      value: [
        "message_id": id.map { .text($0) } ?? .null,
        "chat": message["chat"]["id"].intValue.map { .text(String($0)) } ?? .null,
      ])
  }
}
