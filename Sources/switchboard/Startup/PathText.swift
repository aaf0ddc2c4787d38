//! Paths as people see them, in diagnostics and messages.
import Foundation

enum PathText {
  /// Relative to the working folder where it lies in it: what a person would type.
  static func shown(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
