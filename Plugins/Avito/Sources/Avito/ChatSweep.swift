//! Fetches what is new in one chat and hands it in, oldest first.

internal import SwitchboardSDK

actor ChatSweep {
  private let context: ConnectionContext
  private let api: AvitoAPI
  private let directory: ChatDirectory
  private let lookBack: LookBack
  /// When the newest accepted message of a chat was made, in Avito's seconds.
  private var acceptedUntil: [String: Int64] = [:]
  /// The same of chats that were marked read and not yet looked at again, as the store has it: behind such a mark may
  /// stand messages that nobody here has seen. Nil until it is needed.
  private var markedAt: [String: Int64]?

  init(context: ConnectionContext, api: AvitoAPI, directory: ChatDirectory, lookBack: LookBack) {
    self.context = context
    self.api = api
    self.directory = directory
    self.lookBack = lookBack
  }

  enum Failure: Error { case avito(AvitoFailure), intake(IntakeError) }

  /// Receiving begins, perhaps after another node's.
  func begin() async {
    markedAt = nil
    await lookBack.begin()
  }

  private func floor(of chat: String) async throws(AvitoFailure) -> Int64? {
    if let accepted = acceptedUntil[chat] { return accepted }
    if let markedAt { return markedAt[chat] }
    let kept = try await ReadMarks.kept(in: context.store)
    markedAt = kept
    return kept[chat]
  }

  /// Accepts the messages that are unread or newer than the last accepted one; when it returns they are durable.
  /// `since` bounds the search where nothing is known of the chat. Returns the time of the newest one.
  @discardableResult
  func run(_ chat: String, account: Int64, since: Int64? = nil) async throws(Failure) -> Int64? {
    let floor: Int64?
    let messages: [Value]
    do throws(AvitoFailure) {
      let known = try await self.floor(of: chat)
      floor = known ?? since
      messages = try await unseen(chat, account: account, floor: floor)
    } catch {
      throw .avito(error)
    }
    do throws(IntakeError) { try await accept(messages.reversed(), of: chat, account: account) } catch {
      throw .intake(error)
    }
    return await reached(Self.newest(of: messages), of: chat, floor: floor)
  }

  /// Makes a webhook's message durable, behind what stands before it in the chat (`before`, newest first; nil when
  /// that is not known: the next look finds it, then later than this one).
  func take(_ message: Value, of chat: String, account: Int64, behind before: [Value]?) async throws(IntakeError) {
    guard let before else { return try await accept([message], of: chat, account: account) }
    try await accept(Self.placing(message, in: before.reversed()), of: chat, account: account)
    await reached(Self.newest(of: before), of: chat, floor: nil)
  }

  /// What of the chat may be unknown here, newest first; nil when it does not come soon.
  func missing(of chat: String, account: Int64) async -> [Value]? {
    let found = await Deadline.within(milliseconds: AvitoLimits.lookBackBudgetMilliseconds) {
      do throws(AvitoFailure) {
        let floor = try await self.floor(of: chat)
        return Result<[Value], AvitoFailure>.success(try await self.unseen(chat, account: account, floor: floor))
      } catch { return .failure(error) }
    }
    switch found {
    case .success(let messages): return messages
    case .failure(let failure) where failure.kind == .notFound: return []
    case .failure(let failure): await lookBack.failed(failure)
    case nil: await lookBack.failed(nil)
    }
    context.log.log(.info, "what came before a webhook's message cannot be seen yet", ["chat": chat])
    return nil
  }

  /// The webhook tells more of it than the list does; the list may not show it yet.
  private static func placing(_ message: Value, in messages: [Value]) -> [Value] {
    var messages = messages
    if let known = messages.firstIndex(where: { $0["id"] == message["id"] }) {
      messages[known] = message
      return messages
    }
    let created = message["created"].intValue ?? .max
    let next = messages.firstIndex { ($0["created"].intValue ?? 0) > created } ?? messages.endIndex
    messages.insert(message, at: next)
    return messages
  }

  /// Oldest first, in one go; when it returns they are durable.
  private func accept(_ messages: [Value], of chat: String, account: Int64) async throws(IntakeError) {
    let translation = MessageTranslation(
      chat: chat, account: account, facts: await directory[chat], now: context.clock.now())
    let events = messages.compactMap(translation.event)
    guard !events.isEmpty else { return }
    do throws(IntakeError) {
      try await context.intake.accept(events)
    } catch {
      // The source may not repeat it.
      await lookBack.missed(chat)
      throw error
    }
  }

  /// Everything of the chat up to this moment, in Avito's seconds, is durable.
  @discardableResult
  private func reached(_ newest: Int64?, of chat: String, floor: Int64?) async -> Int64? {
    await lookBack.covered(chat)
    guard let newest else { return floor }
    if acceptedUntil.count >= AvitoLimits.knownChatsMax { acceptedUntil = [:] }
    let until = max(newest, floor ?? 0, acceptedUntil[chat] ?? 0)
    acceptedUntil[chat] = until
    return until
  }

  private static func newest(of messages: [Value]) -> Int64? { messages.compactMap { $0["created"].intValue }.max() }

  /// Newest first, down to what has been accepted before or, in a chat met for the first time, down to the first
  /// read one of the customer's. (That one of ours is read says nothing about what the customer wrote before it.)
  private func unseen(_ chat: String, account: Int64, floor: Int64?) async throws(AvitoFailure) -> [Value] {
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
