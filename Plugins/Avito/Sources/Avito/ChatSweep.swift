//! Fetches what is new in one chat and hands it in, oldest first.

internal import SwitchboardSDK

actor ChatSweep {
  private let context: ConnectionContext
  private let api: AvitoAPI
  private let directory: ChatDirectory
  /// When the newest accepted message of a chat was made, in Avito's seconds.
  private var acceptedUntil: [String: Int64] = [:]

  init(context: ConnectionContext, api: AvitoAPI, directory: ChatDirectory) {
    self.context = context
    self.api = api
    self.directory = directory
  }

  enum Failure: Error { case avito(AvitoFailure), intake(IntakeError) }

  /// Accepts the messages that are unread or newer than the last accepted one; when it returns they are durable.
  /// `since` bounds the search where nothing is known of the chat. Returns the time of the newest one.
  @discardableResult
  func run(_ chat: String, account: Int64, since: Int64? = nil) async throws(Failure) -> Int64? {
    let floor = acceptedUntil[chat] ?? since
    let messages: [Value]
    do throws(AvitoFailure) {
      messages = try await fetch(chat, account: account, floor: floor)
    } catch {
      throw .avito(error)
    }
    let translation = MessageTranslation(
      chat: chat, account: account, facts: await directory[chat], now: context.clock.now())
    let events = messages.reversed().compactMap(translation.event)
    guard !events.isEmpty else { return floor }
    do throws(IntakeError) {
      try await context.intake.accept(events)
    } catch {
      throw .intake(error)
    }
    let newest = messages.compactMap { $0["created"].intValue }.max()
    if acceptedUntil.count >= AvitoLimits.knownChatsMax { acceptedUntil = [:] }
    let until = max(newest ?? 0, floor ?? 0)
    acceptedUntil[chat] = until
    return until
  }

  /// Newest first, down to what has been accepted before or, in a chat met for the first time, down to the first
  /// read one of the customer's. (That one of ours is read says nothing about what the customer wrote before it.)
  private func fetch(_ chat: String, account: Int64, floor: Int64?) async throws(AvitoFailure) -> [Value] {
    var found: [Value] = []
    for offset in stride(from: 0, through: AvitoLimits.offsetMax, by: AvitoLimits.pageSize) {
      let messages = try await api.messages(account, chat, offset: offset)
      for message in messages {
        if let floor {
          if let created = message["created"].intValue, created < floor { return found }
        } else if Self.isRead(message, account: account) {
          return found
        }
        found.append(message)
      }
      if messages.count < AvitoLimits.pageSize { return found }
    }
    context.log.log(
      .error, "more new messages than Avito shows: the oldest cannot be read", ["chat": chat, "read": "\(found.count)"])
    return found
  }

  static func isRead(_ message: Value, account: Int64) -> Bool {
    guard message["direction"].textValue != "out", message["author_id"].intValue != account else { return false }
    return message["isRead"].boolValue ?? message["is_read"].boolValue ?? (message["read"].intValue != nil)
  }
}
