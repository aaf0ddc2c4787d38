//! One thing that was said, before it is masked and written down.
package import Logging
package import SwitchboardSDK

package struct LogRecord: Sendable {
  package var at: Timestamp
  package var level: Logger.Level
  package var logger: String
  package var text: String
  /// Name and value, in the order in which they are printed.
  package var fields: [(name: String, value: String)]

  package init(
    at: Timestamp, level: Logger.Level, logger: String, text: String, fields: [(name: String, value: String)] = []
  ) {
    self.at = at
    self.level = level
    self.logger = logger
    self.text = text
    self.fields = fields
  }
}
