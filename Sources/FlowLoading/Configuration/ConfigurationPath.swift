//! Paths that a configuration may name.

enum ConfigurationPath {
  /// Whether a relative path leads above where it starts.
  static func climbs(_ path: String) -> Bool {
    guard !path.hasPrefix("/") else { return false }
    var depth = 0
    for part in path.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }
}
