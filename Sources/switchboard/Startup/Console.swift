//! Standard error, for words to the person who typed the command.
import Foundation

enum Console {
  /// One line to standard error.
  static func error(_ text: String) {
    // Not `write(_:)`, which ends the process when the reader has gone.
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }
}
