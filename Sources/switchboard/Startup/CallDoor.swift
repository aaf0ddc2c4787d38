//! Calls from outside that start flows: `POST /hooks/PROJECT/NAME/SECRET` for `webhook:`, and
//! `POST /api/flows/PROJECT/NAME` for `api:`, whose caller is answered by the flow.
import FlowEngine
import FlowModel
import Foundation
import Gateway
import JournalCore
import SwitchboardSDK

struct CallDoor: Sendable {
  let intake: Intake
  let journal: any EngineJournal
  let clock: any ClockPort

  private static let waitMillisecondsMax: Int64 = 30_000
  private static let waitMillisecondsUsual: Int64 = 10_000
  private static let lookMilliseconds: Int64 = 20
  private static let lookMillisecondsMax: Int64 = 250
  /// They are for us, not for the flow.
  private static let ownHeaders: Set<String> = [
    "authorization", "cookie", "proxy-authorization", "x-switchboard-secret",
  ]
  private static let queryFieldsMax = 64

  func answer(_ address: WebhookAddress, _ request: WebhookRequest) async -> WebhookAnswer {
    let body: Value
    do { body = request.body.isEmpty ? .null : try JSON.parse(request.body) } catch {
      return Self.told(400, ["error": "the body is no JSON"], "the body is no JSON")
    }
    let query = Self.fields(address.query)
    let call = InboundCall(
      kind: address.family == .flows ? .api : .webhook, project: address.connection, name: address.name, body: body,
      headers: request.headers.filter { !Self.ownHeaders.contains($0.key) }, query: query,
      unique: RandomSecret.urlSafe(bytes: 16))
    let accepted: AcceptedCall?
    do throws(JournalError) { accepted = try await intake.accept(call) } catch {
      return WebhookAnswer(status: 503, detail: "\(error.code.rawValue): \(error.detail)")
    }
    guard let accepted else { return WebhookAnswer(status: 404, detail: "no flow listens to \(address.name)") }
    guard call.kind == .api else { return Self.told(200, ["accepted": true, "duplicate": .bool(accepted.isDuplicate)]) }
    return await outcome(of: accepted.event, within: Self.wait(query))
  }

  /// `wait=SECONDS`
  private static func wait(_ query: [String: String]) -> Int64 {
    guard let text = query["wait"], let seconds = Int64(text), seconds >= 0 else { return waitMillisecondsUsual }
    return min(seconds, waitMillisecondsMax / 1_000) * 1_000
  }

  /// Looks into the journal: the flow may run on another node, wait, or have answered before a restart.
  private func outcome(of event: EventID, within milliseconds: Int64) async -> WebhookAnswer {
    let end = clock.now().adding(milliseconds: milliseconds)
    var pause = Self.lookMilliseconds
    var first: RunID = 0
    while true {
      do throws(JournalError) {
        let runs = try await journal.runs(ofEvent: event)
        first = runs.first?.id ?? 0
        for run in runs where run.status.isClosed {
          guard let state = try await journal.run(run.id)?.state.flatMap({ RunState(encoded: $0) }),
            let answer = state.answer
          else { continue }
          return WebhookAnswer(status: 200, body: JSON.bytes(answer))
        }
        let isOver = !runs.isEmpty && runs.allSatisfy(\.status.isClosed)
        if isOver, try await journal.pendingTimers(ofEvent: event).isEmpty {
          let dead = runs.first { $0.status == .dead || $0.status == .dropped }
          let said: Value = ["run": .int(first), "outcome": .text((dead ?? runs.last)?.outcome ?? "")]
          return Self.told(dead == nil ? 200 : 500, said, "the flow gave up")
        }
        if runs.contains(where: { $0.status == .parked }) { break }
      } catch { break }
      let left = end.millisecondsSince(clock.now())
      guard left > 0, !Task.isCancelled else { break }
      await clock.sleep(milliseconds: min(pause, left))
      pause = min(pause * 3 / 2, Self.lookMillisecondsMax)
    }
    return Self.told(202, ["run": .int(first)])
  }

  private static func told(_ status: Int, _ value: Value, _ detail: String = "") -> WebhookAnswer {
    WebhookAnswer(status: status, body: JSON.bytes(value), detail: detail)
  }

  /// The fields of a query; of a repeated one the first.
  static func fields(_ query: String) -> [String: String] {
    var fields: [String: String] = [:]
    for pair in query.split(separator: "&").prefix(queryFieldsMax) {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = halves.first.flatMap({ decoded($0) }), !name.isEmpty, fields[name] == nil,
        let value = decoded(halves.count == 2 ? halves[1] : "")
      else { continue }
      fields[name] = value
    }
    return fields
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }
}
