//! Keeps every connection alive: makes its connector, runs its receiver, carries actions and webhooks to it.
package import SwitchboardSDK
import Synchronization

/// One connection to be hosted.
package struct HostedConnection: Sendable {
  package var plugin: any ConnectorPlugin
  package var context: ConnectionContext

  package init(plugin: any ConnectorPlugin, context: ConnectionContext) {
    self.plugin = plugin
    self.context = context
  }
}

/// How a connection fares, for `/health` and the console.
package struct ConnectionStatus: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    case starting, receiving
    /// Has nothing to receive; actions work.
    case ready
    /// Receives, but the channel does not answer: the connector goes on trying by itself.
    case degraded
    /// Trying again after a failure.
    case failing
    /// Received by another node; actions work.
    case elsewhere
    /// Refused: a person must mend it. It is still tried now and then.
    case refused
    case stopped
  }
  package var connection: String
  package var project: String
  package var state: State
  package var detail: String
}

package final class ConnectionHost: Sendable {
  private struct Entry {
    var connector: any Connector
    var context: ConnectionContext
  }
  private let entries: Mutex<[String: Entry]>
  private let statuses = Mutex<[String: ConnectionStatus]>([:])
  /// What connectors say of themselves, where that is not good.
  private let troubles = Mutex<[String: String]>([:])
  /// Receivers that run here, by connection, where somebody says which; see `init`.
  private let terms = Mutex<[String: ReceiverTerm]>([:])
  private let isManaged: Bool
  private let starts: AsyncStream<ReceiverTerm>
  private let starter: AsyncStream<ReceiverTerm>.Continuation
  private let clock: any ClockPort
  private let log: any LogPort
  /// Waits between tries of a receiver that failed; doubled from the first to the last.
  private static let firstPauseMilliseconds: Int64 = 1_000
  private static let lastPauseMilliseconds: Int64 = 300_000

  /// - Parameter isManaged: receivers run between `start` and `stop` only: of several nodes, one receives.
  package init(clock: any ClockPort, log: any LogPort, isManaged: Bool = false) {
    self.entries = Mutex([:])
    self.isManaged = isManaged
    (starts, starter) = AsyncStream.makeStream()
    self.clock = clock
    self.log = log
  }

  /// Makes the connectors; no I/O yet. Throws the first plugin's objection to its settings.
  package func open(_ connections: [HostedConnection]) throws(PluginError) {
    for connection in connections {
      let connector = try connection.plugin.connect(connection.context)
      let name = connection.context.connection
      entries.withLock { $0[name] = Entry(connector: connector, context: connection.context) }
      note(connection.context, isManaged ? .elsewhere : .starting, "")
    }
  }

  /// In the order of their names.
  package var all: [ConnectionStatus] {
    let troubles = troubles.withLock { $0 }
    return statuses.withLock { $0.values.sorted { $0.connection < $1.connection } }.map { status in
      guard let trouble = troubles[status.connection], status.state == .receiving || status.state == .ready else {
        return status
      }
      var status = status
      (status.state, status.detail) = (.degraded, trouble)
      return status
    }
  }

  /// A connector says how it fares. Logged when that changes from good to bad or back.
  package func report(_ health: ConnectorHealth, of connection: String) {
    let trouble: String? = if case .degraded(let reason) = health { reason } else { nil }
    let before = troubles.withLock { troubles in
      defer { troubles[connection] = trouble }
      return troubles[connection]
    }
    switch (before, trouble) {
    case (nil, let reason?): log.log(.warning, "the connection is degraded: \(reason)", ["connection": connection])
    case (.some, nil): log.log(.info, "the connection is well again", ["connection": connection])
    default: break
    }
  }

  /// In the order of their names.
  package var names: [String] { entries.withLock { $0.keys.sorted() } }

  /// This node receives for the connection from now on.
  package func start(_ connection: String) async {
    let term = ReceiverTerm(connection: connection)
    let isNew = terms.withLock { terms in
      guard terms[connection] == nil else { return false }
      terms[connection] = term
      return true
    }
    if isNew { starter.yield(term) }
  }

  /// Returns once neither the receiver nor a webhook of the connection is under way here.
  package func stop(_ connection: String) async {
    guard let term = terms.withLock({ $0[connection] }) else { return }
    await term.stop()
    terms.withLock { if $0[connection] === term { $0[connection] = nil } }
  }

  /// Runs every receiver until cancelled, then stops the connectors.
  package func run() async {
    if !isManaged { for name in names { await start(name) } }
    await withDiscardingTaskGroup { group in
      for await term in starts { group.addTask { await self.receive(for: term) } }
    }
    starter.finish()
    for term in terms.withLock({ Array($0.values) }) { term.ended() }
    let hosted = entries.withLock { $0.values.map { ($0.connector, $0.context) } }
    for (connector, context) in hosted {
      await connector.stop()
      note(context, .stopped, "")
    }
  }

  private func receive(for term: ReceiverTerm) async {
    if let entry = entries.withLock({ $0[term.connection] }) {
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          await self.keepReceiving(entry.connector, entry.context)
          await term.stopped()
        }
        group.addTask { await term.stopped() }
        await group.next()
        group.cancelAll()
      }
      if isManaged { note(entry.context, .elsewhere, "") }
    }
    term.ended()
  }

  private func keepReceiving(_ connector: any Connector, _ context: ConnectionContext) async {
    var pause = Self.firstPauseMilliseconds
    while !Task.isCancelled {
      // What was said before the last try is no news any more.
      troubles.withLock { $0[context.connection] = nil }
      note(context, .receiving, "")
      let begunAt = clock.now()
      do throws(PluginError) {
        try await connector.run()
        note(context, .ready, "")
        return
      } catch {
        guard error.code != .cancelled, !Task.isCancelled else { return }
        // A receiver that worked for a while starts again with a short pause.
        if clock.now().millisecondsSince(begunAt) > Self.lastPauseMilliseconds { pause = Self.firstPauseMilliseconds }
        note(context, error.code == .unauthorized ? .refused : .failing, error.detail)
        log.log(
          .error, "receiving stopped (\(error.code.rawValue)): \(error.detail); next try in \(pause) ms",
          ["connection": context.connection])
        await clock.sleep(milliseconds: pause)
        pause = min(pause * 2, Self.lastPauseMilliseconds)
      }
    }
  }

  package func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    try await connector(connection).perform(action)
  }

  package func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    try await connector(connection).reconcile(action, begunAt: begunAt)
  }

  package func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile {
    guard let connection = attachment.connection else {
      throw ActionError(.invalid, "an attachment without a connection cannot be fetched")
    }
    return try await connector(connection).fetch(attachment)
  }

  /// As `receive`, or nil when another node receives for the connection.
  package func receiveIfHeld(_ request: WebhookRequest, on connection: String) async -> WebhookAnswer? {
    guard isManaged else { return await receive(request, on: connection) }
    guard let term = terms.withLock({ $0[connection] }), term.enter() else { return nil }
    defer { term.leave() }
    return await receive(request, on: connection)
  }

  package func receive(_ request: WebhookRequest, on connection: String) async -> WebhookAnswer {
    guard let connector = entries.withLock({ $0[connection]?.connector }) else {
      return WebhookAnswer(status: 404, detail: "no connection '\(connection)'")
    }
    return await connector.receive(request)
  }

  private func connector(_ name: String) throws(ActionError) -> any Connector {
    guard let connector = entries.withLock({ $0[name]?.connector }) else {
      throw ActionError(.transient, "connection '\(name)' is not open")
    }
    return connector
  }

  private func note(_ context: ConnectionContext, _ state: ConnectionStatus.State, _ detail: String) {
    statuses.withLock {
      $0[context.connection] = ConnectionStatus(
        connection: context.connection, project: context.project, state: state, detail: detail)
    }
  }
}
