//! What the program lends to connectors: each port is a thin door to the engine's parts.
import FlowEngine
import JournalCore
import Logging
import PluginHost
import SwitchboardSDK

struct LentIntake: IntakePort {
  let intake: Intake
  let journal: any Journal
  let connection: String
  let project: String
  let clock: any ClockPort

  func accept(_ events: [Event]) async throws(IntakeError) {
    do throws(JournalError) {
      try await intake.accept(events, connection: connection, project: project)
    } catch { throw IntakeError("\(error.code.rawValue): \(error.detail)") }
  }

  func isOwnMessage(chat: String, messageID: String) async -> Bool {
    // A guess would be a message lost or a message doubled: the connector waits until the journal can tell.
    while !Task.isCancelled {
      do throws(JournalError) {
        return try await journal.isOwnMessage(connection: connection, chat: chat, messageID: messageID)
      } catch { await clock.sleep(milliseconds: 1_000) }
    }
    // The call that asks is broken off, too: known as ours, the message is taken for nothing new.
    return true
  }
}

struct LentStore: StorePort {
  let journal: any Journal
  let connection: String

  func get(_ key: String) async throws(IntakeError) -> Value {
    do throws(JournalError) {
      return try await journal.connectionValue(connection: connection, key: key)
    } catch { throw IntakeError("\(error.code.rawValue): \(error.detail)") }
  }

  func set(_ key: String, _ value: Value) async throws(IntakeError) {
    do throws(JournalError) {
      try await journal.setConnectionValue(connection: connection, key: key, value: value)
    } catch { throw IntakeError("\(error.code.rawValue): \(error.detail)") }
  }
}

struct LentHealth: HealthPort {
  let host: ConnectionHost
  let connection: String

  func report(_ health: ConnectorHealth) { host.report(health, of: connection) }
}

struct LentFiles: FilePort {
  let host: ConnectionHost

  func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile {
    if let size = attachment.sizeBytes, size > bytesMax {
      throw ActionError(.unsupported, "\(attachment.label): файл больше \(bytesMax >> 20) МБ")
    }
    let file = try await host.fetch(attachment)
    guard Int64(file.bytes.count) <= bytesMax else {
      throw ActionError(.unsupported, "\(attachment.label): файл больше \(bytesMax >> 20) МБ")
    }
    return file
  }
}

struct LentLog: LogPort {
  let logger: Logger

  func log(_ level: LogLevel, _ text: String, _ fields: [String: String]) {
    let metadata = fields.mapValues { Logger.MetadataValue.string($0) }
    switch level {
    case .debug: logger.debug("\(text)", metadata: metadata)
    case .info: logger.info("\(text)", metadata: metadata)
    case .warning: logger.warning("\(text)", metadata: metadata)
    case .error: logger.error("\(text)", metadata: metadata)
    @unknown default: logger.notice("\(text)", metadata: metadata)
    }
  }
}
