//! Delivers webhooks as Avito does: two seconds for an answer, one more try, then the event is lost.
internal import SwitchboardSDK

struct AvitoPostman: Sendable {
  /// Calls of one chat go out in order; so many chats at once.
  static let lanes = 64
  /// Avito's own deadline (channels.md §2.5).
  static let deadlineMilliseconds: Int64 = 2_000

  private let http: any HTTPPort
  private let streams: [AsyncStream<AvitoNotification>]
  private let continuations: [AsyncStream<AvitoNotification>.Continuation]

  init(http: any HTTPPort) {
    self.http = http
    let pairs = (0..<Self.lanes).map { _ in AsyncStream<AvitoNotification>.makeStream() }
    streams = pairs.map(\.stream)
    continuations = pairs.map(\.continuation)
  }

  func post(_ notification: AvitoNotification) {
    let lane = notification.chat.utf8.reduce(UInt(5_381)) { $0 &* 33 &+ UInt($1) } % UInt(Self.lanes)
    continuations[Int(lane)].yield(notification)
  }

  /// Until cancelled; may be run once.
  func run(_ report: @escaping @Sendable (AvitoDelivery) async -> Void) async {
    await withDiscardingTaskGroup { group in
      for stream in streams {
        group.addTask { for await notification in stream { await deliver(notification, report) } }
      }
    }
  }

  private func deliver(
    _ notification: AvitoNotification, _ report: @Sendable (AvitoDelivery) async -> Void
  ) async {
    for attempt in 1...2 {
      let status = await call(notification)
      await report(AvitoDelivery(message: notification.message, attempt: attempt, status: status))
      if status == 200 { return }
    }
  }

  private func call(_ notification: AvitoNotification) async -> Int {
    let request = HTTPRequest(
      method: "POST", url: notification.url,
      headers: [
        HTTPHeader("Content-Type", "application/json"),
        // Really sent, made in an unknown way: nothing but its length is true.
        HTTPHeader("X-Avito-Messenger-Signature", SHA256Digest.hexadecimal(notification.body)),
      ],
      body: notification.body, timeoutMilliseconds: Self.deadlineMilliseconds,
      connectTimeoutMilliseconds: Self.deadlineMilliseconds, responseBytesMax: 1 << 20)
    do throws(HTTPError) { return try await http.send(request).status } catch { return 0 }
  }
}
