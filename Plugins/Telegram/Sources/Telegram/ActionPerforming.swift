//! Actions of the engine as calls of the Bot API. One action is one call, apart from the second tries that follow
//! a refusal: what Telegram refused it has surely not done.
internal import SwitchboardSDK

struct ActionPerforming: Sendable {
  static let threadTitleScalarsMax = 128

  let context: ConnectionContext
  let settings: TelegramSettings
  let api: BotAPI

  func perform(_ action: Action) async throws(ActionError) -> ActionResult {
    switch action.name {
    case "send":
      guard let message = action.message else { throw ActionError(.invalid, "'send' without a message") }
      return try await Sending(context: context, api: api, chat: try chat(of: action), thread: try thread(of: action))
        .send(message)
    case "open_thread": return try await openThread(action)
    case "pin": return try await pin(action)
    case "answer_callback": return try await answerCallback(action)
    case "edit": return try await edit(action)
    default: throw ActionError(.invalid, "telegram has no action '\(action.name)'")
    }
  }

  private func openThread(_ action: Action) async throws(ActionError) -> ActionResult {
    // Line ends would be shown as spaces anyway; Telegram takes 1 to 128 characters.
    let title = (action.arguments["title"].textValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !title.isEmpty else { throw ActionError(.invalid, "'open_thread' needs a title") }
    let name = String(String.UnicodeScalarView(title.unicodeScalars.prefix(Self.threadTitleScalarsMax)))
    let topic = try await call("createForumTopic", ["chat_id": try chat(of: action), "name": .text(name)])
    guard let thread = topic["message_thread_id"].intValue else {
      throw ActionError(.unknown, "createForumTopic: the answer has no message_thread_id")
    }
    return ActionResult(remoteIDs: [String(thread)], value: ["thread": .text(String(thread)), "name": .text(name)])
  }

  private func pin(_ action: Action) async throws(ActionError) -> ActionResult {
    let message = try messageID(of: action)
    return try await settle(
      "pinChatMessage", ["chat_id": try chat(of: action), "message_id": .int(message), "disable_notification": true],
      harmless: [.targetGone, .alreadySo])
  }

  private func answerCallback(_ action: Action) async throws(ActionError) -> ActionResult {
    guard let id = action.arguments["id"].textValue else {
      throw ActionError(.invalid, "'answer_callback' needs the callback's id")
    }
    var parameters: [String: Value] = ["callback_query_id": .text(id)]
    if let text = action.arguments["text"].textValue, !text.isEmpty {
      parameters["text"] = .text(String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))))
    }
    if action.arguments["alert"].boolValue == true { parameters["show_alert"] = true }
    // Too late to answer: the button has stopped waiting by itself.
    return try await settle("answerCallbackQuery", parameters, harmless: [.staleCallback])
  }

  private func edit(_ action: Action) async throws(ActionError) -> ActionResult {
    guard let text = action.arguments["text"].textValue ?? action.message?.text, !text.isEmpty else {
      throw ActionError(.invalid, "'edit' needs a text")
    }
    var parameters: [String: Value] = [
      "chat_id": try chat(of: action), "message_id": .int(try messageID(of: action)), "text": .text(text),
    ]
    if let buttons = action.message?.buttons, !buttons.isEmpty {
      parameters["reply_markup"] = try InlineKeyboard.markup(buttons)
    }
    return try await settle("editMessageText", parameters, harmless: [.alreadySo, .targetGone])
  }

  /// A call that does no harm when repeated, and counts as done when refused for one of these reasons.
  private func settle(
    _ method: String, _ parameters: [String: Value], harmless: [BotAPIRefusal.Meaning]
  ) async throws(ActionError) -> ActionResult {
    do throws(BotAPIFailure) {
      _ = try await api.call(method, parameters)
      return ActionResult(remoteIDs: [])
    } catch {
      guard let refusal = error.refusal, harmless.contains(refusal.meaning) else {
        throw error.actionError(isRepeatable: true)
      }
      return ActionResult(remoteIDs: [], value: ["note": .text(refusal.description)])
    }
  }

  private func call(_ method: String, _ parameters: [String: Value]) async throws(ActionError) -> Value {
    do throws(BotAPIFailure) {
      return try await api.call(method, parameters)
    } catch {
      throw error.actionError(isRepeatable: false)
    }
  }

  /// The action's chat; without one the connection's work group.
  private func chat(of action: Action) throws(ActionError) -> Value {
    if !action.chat.isEmpty { return TelegramID.chat(action.chat) }
    guard let group = settings.group else { throw ActionError(.invalid, "no chat given and no 'group' set") }
    return .int(group)
  }

  private func thread(of action: Action) throws(ActionError) -> Int64? {
    guard let thread = action.thread else { return nil }
    guard let id = Int64(thread), id > 0 else { throw ActionError(.invalid, "'\(thread.prefix(40))' is no thread id") }
    // 1 is General, which no dialog may use (requirement T8) and which Telegram refuses with just this meaning.
    guard id != 1 else { throw ActionError(.threadGone, "thread 1 is the General topic") }
    return id
  }

  private func messageID(of action: Action) throws(ActionError) -> Int64 {
    let value = action.arguments["message_id"]
    guard let id = value.intValue ?? value.textValue.flatMap({ Int64($0) }) else {
      throw ActionError(.invalid, "'\(action.name)' needs a message_id")
    }
    return id
  }
}
