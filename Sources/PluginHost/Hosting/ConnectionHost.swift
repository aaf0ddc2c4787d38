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
    /// Trying again after a failure.
    case failing
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
  private let clock: any ClockPort
  private let log: any LogPort
  /// Waits between tries of a receiver that failed; doubled from the first to the last.
  private static let firstPauseMilliseconds: Int64 = 1_000
  private static let lastPauseMilliseconds: Int64 = 300_000

  package init(clock: any ClockPort, log: any LogPort) {
    self.entries = Mutex([:])
    self.clock = clock
    self.log = log
  }

  /// Makes the connectors; no I/O yet. Throws the first plugin's objection to its settings.
  package func open(_ connections: [HostedConnection]) throws(PluginError) {
    for connection in connections {
      let connector = try connection.plugin.connect(connection.context)
      let name = connection.context.connection
      entries.withLock { $0[name] = Entry(connector: connector, context: connection.context) }
      note(connection.context, .starting, "")
    }
  }

  /// In the order of their names.
  package var all: [ConnectionStatus] {
    statuses.withLock { $0.values.sorted { $0.connection < $1.connection } }
  }

  /// Runs every receiver until cancelled, then stops the connectors.
  package func run() async {
    let hosted = entries.withLock { $0.values.map { ($0.connector, $0.context) } }
    await withDiscardingTaskGroup { group in
      for (connector, context) in hosted {
        group.addTask { await self.keepReceiving(connector, context) }
      }
    }
    for (connector, context) in hosted {
      await connector.stop()
      note(context, .stopped, "")
    }
  }

  private func keepReceiving(_ connector: any Connector, _ context: ConnectionContext) async {
    var pause = Self.firstPauseMilliseconds
    while !Task.isCancelled {
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
