//! Calls of the shop bot's webhook made by the test itself, so that it sees each answer.
import Emulators
import Foundation
import SwitchboardSDK
import Synchronization
import Testing

enum WebhookCall {
  /// Fixed by hand, it stands in the address and in Telegram's header alike.
  static let secret = "open-door-of-the-shop"
  /// For `StageSettings.shopExtra`.
  static let setting = "webhook_secret: \(secret)"
  static let path = "/api/webhooks/source-telegram/shop-bot/\(secret)"
}

extension Stage {
  /// A person of Telegram's writes; the same text is the same update.
  func callShop(
    _ text: String, person: Int = 0, padded: Bool = false, timeoutMilliseconds: Int64 = 30_000
  ) async throws -> HTTPResponse {
    let id = 1_000_000 + abs(text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_000_007 })
    let who = 7_700_001 + person
    let padding = padded ? String(repeating: "…", count: 600) + "\\n" : ""
    let body =
      #"{"update_id":\#(id),"message":{"message_id":\#(id),"date":1795217938,"#
      + #""from":{"id":\#(who),"is_bot":false,"first_name":"Глеб"},"#
      + #""chat":{"id":\#(who),"type":"private","first_name":"Глеб"},"text":"\#(padding)\#(text)"}}"#
    return try await post(
      WebhookCall.path, Array(body.utf8), ["X-Telegram-Bot-Api-Secret-Token": WebhookCall.secret],
      timeoutMilliseconds: timeoutMilliseconds)
  }
}

/// People who write one message after the other by webhook, each until it is taken, as Telegram does.
final class Storm: Sendable {
  static let people = 6
  private struct State {
    var accepted: [[String]] = Array(repeating: [], count: Storm.people)
    var refusals = 0
    /// Calls that the sender gave up waiting for.
    var unanswered = 0
    var odd: [Int] = []
    var isOver = false
  }
  private let state = Mutex(State())
  private let stage: Stage
  private let mark: String

  init(_ stage: Stage, mark: String) {
    self.stage = stage
    self.mark = mark
  }

  var accepted: Int { state.withLock { $0.accepted.reduce(0) { $0 + $1.count } } }
  var refusals: Int { state.withLock { $0.refusals } }
  var unanswered: Int { state.withLock { $0.unanswered } }

  /// Blows while the trouble is played, and ends when everybody's last message was taken.
  func blow(during trouble: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for person in 0..<Self.people { group.addTask { try await self.write(as: person) } }
      do { try await trouble() } catch {
        state.withLock { $0.isOver = true }
        throw error
      }
      state.withLock { $0.isOver = true }
      try await group.waitForAll()
    }
  }

  private func write(as person: Int) async throws {
    for number in 0... {
      guard !state.withLock({ $0.isOver }) else { return }
      let text = "\(mark)-\(person)-\(number)."
      let beganAt = ContinuousClock.now
      while true {
        guard let status = try await status(text, person) else { continue }
        if status == 200 { break }
        state.withLock { state in
          state.refusals += 1
          if status != 503 { state.odd.append(status) }
        }
        guard ContinuousClock.now - beganAt < .seconds(180) else { throw Overdue("\(text) is not taken") }
        await Patience.clock.sleep(milliseconds: 50)
      }
      state.withLock { $0.accepted[person].append(text) }
    }
  }

  /// Nil when no answer came in the sender's time, or nobody was there.
  private func status(_ text: String, _ person: Int) async throws -> Int? {
    do { return try await stage.callShop(text, person: person, timeoutMilliseconds: 10_000).status } catch {
      let code = (error as? HTTPError)?.code
      guard code == .timeout || code == .connect || code == .interrupted else { throw error }
      state.withLock { $0.unanswered += 1 }
      await Patience.clock.sleep(milliseconds: 50)
      return nil
    }
  }

  /// Operators saw every accepted message, in its order; `isOnce`: no copies of calls whose outcome nobody knew.
  func expectAllShown(isOnce: Bool = true) async throws {
    let (accepted, odd) = state.withLock { ($0.accepted, $0.odd) }
    #expect(odd.isEmpty, "answers other than 200 and 503: \(odd.prefix(5))")
    for texts in accepted { if let last = texts.last { try await stage.topicShows(last, seconds: 180) } }
    let shown = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
    for (person, texts) in accepted.enumerated() {
      var known: Set<String> = []
      let mine = shown.filter { $0.hasPrefix("\(mark)-\(person)-") && (known.insert($0).inserted || isOnce) }
      #expect(mine == texts, "lost, doubled or out of order: \(mark)-\(person)")
    }
  }
}
