//! What swift-log calls for each record: collects the fields and hands one line to the sink.
package import Logging
import SwitchboardSDK

package struct ServiceLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let logs: ServiceLogs

  init(label: String, level: Logger.Level, logs: ServiceLogs) {
    self.label = label
    self.logLevel = level
    self.logs = logs
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, later in later } }
    if let given = event.metadata { all.merge(given) { _, later in later } }
    var fields = all.map { (place: Self.places[$0.key] ?? .max, name: $0.key, value: $0.value.description) }
      .sorted { ($0.place, $0.name) < ($1.place, $1.name) }.map { (name: $0.name, value: $0.value) }
    if let error = event.error { fields.append((name: "error", value: String(describing: error))) }
    logs.write(
      LogRecord(
        at: logs.now(), level: event.level, logger: label, text: event.message.description, fields: fields))
  }

  /// What a person looks for first stands first; all else by name.
  private static let places: [String: Int] = [
    "project": 0, "connection": 1, "lane": 2, "message": 3, "run": 4, "flow": 5, "request_id": 6,
  ]
}
