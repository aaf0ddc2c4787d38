//! What a webhook leaves for later: marking chats read costs a call that its answer must not wait for.

/// Chats whose messages came by webhook and whose reading mark is due. Several messages of a chat need one mark.
actor ReadQueue {
  private var chats: [String] = []
  private let wake: AsyncStream<Void>.Continuation
  nonisolated let wakes: AsyncStream<Void>

  init() { (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func add(_ chat: String) {
    // What does not fit is marked by the reconciling poll.
    if chats.count < AvitoLimits.knownChatsMax, !chats.contains(chat) { chats.append(chat) }
    wake.yield()
  }

  /// The first ones, at most `count`.
  func next(_ count: Int) -> [String] {
    defer { chats.removeFirst(min(count, chats.count)) }
    return Array(chats.prefix(count))
  }
}
