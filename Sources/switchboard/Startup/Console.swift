//! Standard error, for words to the person who typed the command.
import Foundation

enum Console {
  /// One line to standard error.
  static func error(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
