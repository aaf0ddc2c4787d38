//! For people or for machines.
import Glibc

package enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// One readable line.
  case pretty
  /// One JSON object a line, as log collectors read it (requirement I4).
  case json

  /// People sit at terminals; behind a pipe sits a collector.
  package static func fitting(fileDescriptor: Int32) -> LogFormat {
    isatty(fileDescriptor) == 1 ? .pretty : .json
  }

  /// Colour only on a terminal that can show it, and never against `NO_COLOR` (no-color.org).
  package static func allowsColour(fileDescriptor: Int32, environment: [String: String]) -> Bool {
    guard isatty(fileDescriptor) == 1, environment["TERM"] != "dumb" else { return false }
    return (environment["NO_COLOR"] ?? "").isEmpty
  }
}
