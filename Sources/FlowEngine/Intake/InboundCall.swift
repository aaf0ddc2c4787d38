//! Calls that start flows: `webhook:` and `api:`. What was called is an event like any other, stored before anybody is
//! told that it was accepted.
import FlowModel
package import JournalCore
package import SwitchboardSDK

package struct InboundCall: Sendable {
  package enum Kind: String, Sendable, Hashable { case webhook, api }
  package var kind: Kind
  package var project: String
  package var name: String
  package var body: Value
  /// Lower-case names, without secrets.
  package var headers: [String: String]
  package var query: [String: String]
  /// Names the call when it brings no key of its own.
  package var unique: String

  package init(
    kind: Kind, project: String, name: String, body: Value, headers: [String: String], query: [String: String],
    unique: String
  ) {
    self.kind = kind
    self.project = project
    self.name = name
    self.body = body
    self.headers = headers
    self.query = query
    self.unique = unique
  }
}

package struct AcceptedCall: Sendable, Hashable {
  package var event: EventID
  /// A call with the same key has been accepted before: this is its event.
  package var isDuplicate: Bool
}

extension Intake {
  private static let keyBytesMax = 200
  private static let headerBytesMax = 2_048

  /// Nil when no flow listens to it. Returns once it is durable.
  package func accept(_ call: InboundCall) async throws(JournalError) -> AcceptedCall? {
    guard !lanes.isStopping else { throw JournalError(.unavailable, "the engine is stopping") }
    let matches = flows.index.called(call.name, kind: call.kind, project: call.project)
    guard let first = matches.first else { return nil }
    let connection = call.kind == .api ? Event.apiConnection : Event.webhookConnection
    let given = call.headers[Self.keyHeader(first.trigger)].map { String($0.prefix(Self.keyBytesMax)) }
    let key = given.map { "key:\($0)" } ?? call.unique
    let now = clock.now()
    // A caller waits for the answer to his own call, not for those before it; webhooks keep their order.
    let chat = call.kind == .api ? "\(call.name)/\(key)" : call.name
    let event = Event(
      externalID: "\(call.project)/\(call.name):\(key)", kind: .service, chat: Chat(id: chat, kind: .channel),
      sender: Sender(id: connection),
      details: [
        "name": .text(call.name), "body": call.body,
        "headers": .map(
          call.headers.filter { $0.value.utf8.count <= Self.headerBytesMax }.mapValues(Value.text)),
        "query": .map(call.query.mapValues(Value.text)),
      ], occurredAt: now)
    let conversation = ConversationSnapshot.key(project: call.project, connection: connection, chat: chat)
    var runs: [NewRun] = []
    for match in matches {
      let lane = try await lane(of: match, event, conversation: conversation, connection: connection, now: now)
      runs.append(
        NewRun(
          flow: match.program.flow.name, version: match.program.flow.version, label: match.trigger.label, lane: lane))
    }
    let record = IntakeRecord(
      project: call.project, connection: connection, externalID: event.externalID, conversation: conversation,
      receivedAt: now, payload: event.storedBytes, runs: runs)
    guard let receipt = try await store([record], events: [event]).first else {
      throw JournalError(.unavailable, "the store gave no receipt")
    }
    return AcceptedCall(event: receipt.event, isDuplicate: receipt.isDuplicate)
  }

  private static func keyHeader(_ trigger: Trigger) -> String {
    guard case .webhook(_, let header?) = trigger.source else { return "idempotency-key" }
    return header.lowercased()
  }
}
