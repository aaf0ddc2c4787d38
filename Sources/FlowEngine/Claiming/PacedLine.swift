//! The calls of one connection, waiting for their turns. Pure: moments come in, turns come out.
//!
//! Each lane has one call waiting at most, and whoever waits longest in a chat that may be called is next: that is
//! round robin between conversations, while every lane keeps its order. A chat that is full or closed holds up
//! nobody but those who aim at it.
import DequeModule
import HeapModule
import SwitchboardSDK

struct PacedLine {
  typealias Waiter = Int

  private struct ChatLine {
    var window: PaceWindow
    var closure: PaceClosure?
    var waiters: Deque<Waiter> = []

    mutating func free(at now: Timestamp) -> Timestamp? {
      if let closure, closure.holds(at: now) { return closure.until }
      return window.free(at: now)
    }

    mutating func isIdle(at now: Timestamp) -> Bool {
      waiters.isEmpty && closure?.holds(at: now) != true && window.isIdle(at: now)
    }
  }
  private struct ReadyChat: Comparable {
    /// Its first waiter; their numbers rise.
    var waiter: Waiter
    var chat: String
    static func < (left: Self, right: Self) -> Bool { left.waiter < right.waiter }
  }
  private struct BlockedChat: Comparable {
    var until: Timestamp
    var chat: String
    static func < (left: Self, right: Self) -> Bool { left.until < right.until }
  }

  private(set) var pacing: ConnectorPacing
  private var inFlightMax: Int
  private var inFlight = 0
  private var nodes = 1
  private var whole: PaceWindow
  private var closure: PaceClosure?
  private var chats: [String: ChatLine] = [:]
  private(set) var waiting = 0
  /// Chats with waiters that may be called, and those that may be later. Both may hold entries out of date.
  private var ready: Heap<ReadyChat> = []
  private var blocked: Heap<BlockedChat> = []
  private var lastSeen = Timestamp(milliseconds: .min)
  /// When `grant` has something to give, if nothing else happens before.
  private(set) var nextMoment: Timestamp?
  /// Chats that nothing is known of any more are swept out once there are so many.
  private var sweepAt = 1_024

  init(pacing: ConnectorPacing = ConnectorPacing(), inFlightMax: Int = 64) {
    self.pacing = pacing
    self.inFlightMax = inFlightMax
    whole = PaceWindow(pacing.connection)
  }

  /// Takes other limits; what is under way and what was said with «retry after» stays known.
  mutating func set(_ pacing: ConnectorPacing, inFlightMax: Int, nodes: Int) {
    self.pacing = pacing
    self.inFlightMax = inFlightMax
    self.nodes = max(nodes, 1)
    whole.limit = share(of: pacing.connection)
    for chat in Array(chats.keys) {
      let limit = limit(of: chat)
      chats[chat]?.window.limit = limit
    }
  }

  /// Where an action counts: its chat, or no chat (an empty name).
  func chat(of action: Action) -> String { pacing.actionsOutsideChats.contains(action.name) ? "" : action.chat }

  /// A turn at once, for a call that need not queue.
  mutating func take(_ chat: String, now: Timestamp) -> Bool {
    guard waiting == 0, free(at: now).map({ $0 <= now }) == true else { return false }
    if chats[chat] == nil, limit(of: chat) == nil {
      hold(chat)
      return true
    }
    guard line(of: chat, now: now, { $0.free(at: now) }).map({ $0 <= now }) == true else { return false }
    hold(chat)
    return true
  }

  mutating func queue(_ waiter: Waiter, for chat: String, now: Timestamp) {
    waiting += 1
    let isFirst = line(of: chat, now: now) {
      $0.waiters.append(waiter)
      return $0.waiters.count == 1
    }
    if isFirst { ready.insert(ReadyChat(waiter: waiter, chat: chat)) }
  }

  /// Whoever does not want its turn any more.
  mutating func remove(_ waiter: Waiter, from chat: String) {
    guard let at = chats[chat]?.waiters.firstIndex(of: waiter) else { return }
    chats[chat]?.waiters.remove(at: at)
    waiting -= 1
    if at == 0 { makeReady(chat) }
  }

  /// The waiters whose turn has come, in order; each of them holds its places from now on.
  mutating func grant(now: Timestamp) -> [Waiter] {
    defer { lastSeen = now }
    if now < lastSeen {
      // The clock was set back: moments worked out before mean nothing.
      while let entry = blocked.popMin() { makeReady(entry.chat) }
    }
    var granted: [Waiter] = []
    while waiting > 0 {
      guard let moment = free(at: now) else {
        nextMoment = nil
        return granted
      }
      guard moment <= now else {
        nextMoment = moment
        return granted
      }
      while let first = blocked.min, first.until <= now {
        blocked.removeMin()
        makeReady(first.chat)
      }
      guard let entry = ready.popMin() else {
        nextMoment = blocked.min?.until
        return granted
      }
      guard chats[entry.chat]?.waiters.first == entry.waiter else { continue }
      guard let chatMoment = chats[entry.chat]?.free(at: now) else { continue }
      guard chatMoment <= now else {
        blocked.insert(BlockedChat(until: chatMoment, chat: entry.chat))
        continue
      }
      chats[entry.chat]?.waiters.removeFirst()
      waiting -= 1
      hold(entry.chat)
      granted.append(entry.waiter)
      makeReady(entry.chat)
    }
    nextMoment = nil
    return granted
  }

  /// The call has ended, or (`now` nil) was not made.
  mutating func finish(_ chat: String, at now: Timestamp?) {
    inFlight -= 1
    whole.release(at: now)
    chats[chat]?.window.release(at: now)
    makeReady(chat)
  }

  // MARK: What the channel says

  /// «Retry after»: closes the chat; or the connection, if it is meant, or if another chat is closed as well: then it
  /// was not the chat that was too much. Channels do not always say which (Telegram).
  mutating func close(_ chat: String, isWhole: Bool, from now: Timestamp, until: Timestamp) {
    let others = chats.contains { $0.key != chat && $0.value.closure?.holds(at: now) == true }
    if isWhole || chat.isEmpty || others {
      closure = PaceClosure(from: now, until: max(until, closure?.until ?? until))
    }
    guard !chat.isEmpty else { return }
    line(of: chat, now: now) { $0.closure = PaceClosure(from: now, until: max(until, $0.closure?.until ?? until)) }
  }

  /// What was closed when the engine stopped.
  mutating func close(_ chat: String, _ kept: PaceClosure, now: Timestamp) {
    guard kept.holds(at: now) else { return }
    if chat.isEmpty { closure = kept } else { line(of: chat, now: now) { $0.closure = kept } }
  }

  /// What is closed now, by chat; an empty name is the whole connection.
  func closures(at now: Timestamp) -> [String: PaceClosure] {
    var found = chats.compactMapValues { $0.closure?.holds(at: now) == true ? $0.closure : nil }
    if let closure, closure.holds(at: now) { found[""] = closure }
    return found
  }

  // MARK: Inner parts

  private mutating func free(at now: Timestamp) -> Timestamp? {
    guard inFlight < inFlightMax else { return nil }
    if let closure, closure.holds(at: now) { return closure.until }
    return whole.free(at: now)
  }

  private mutating func hold(_ chat: String) {
    inFlight += 1
    whole.hold()
    chats[chat]?.window.hold()
  }

  private mutating func makeReady(_ chat: String) {
    if let first = chats[chat]?.waiters.first { ready.insert(ReadyChat(waiter: first, chat: chat)) }
  }

  private func limit(of chat: String) -> RateLimit? {
    if chat.isEmpty { return nil }
    // Threads of a group are lanes of many nodes; a person's chat is one lane, and so one node's.
    return pacing.isGroup(chat) && pacing.group != nil ? share(of: pacing.group) : pacing.chat
  }

  /// This node's part of a limit that all nodes share.
  private func share(of limit: RateLimit?) -> RateLimit? {
    guard let limit, nodes > 1 else { return limit }
    if limit.calls >= nodes { return RateLimit(calls: limit.calls / nodes, perMilliseconds: limit.perMilliseconds) }
    let stretched = limit.perMilliseconds * Int64(nodes) / Int64(max(limit.calls, 1))
    return RateLimit(calls: 1, perMilliseconds: stretched)
  }

  @discardableResult
  private mutating func line<Result>(of chat: String, now: Timestamp, _ body: (inout ChatLine) -> Result) -> Result {
    if chats[chat] == nil, chats.count >= sweepAt {
      chats = chats.filter { _, line in
        var line = line
        return !line.isIdle(at: now)
      }
      sweepAt = max(1_024, chats.count * 2)
    }
    let limit = limit(of: chat)
    return body(&chats[chat, default: ChatLine(window: PaceWindow(limit))])
  }
}
