//! Where the plugins that come with the program are.
import Foundation

enum BundledPlugins {
  /// The folder of the program itself: the build puts its plugins there.
  static var folder: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
  }
}
