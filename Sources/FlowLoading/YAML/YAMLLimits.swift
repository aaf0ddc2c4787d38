//! Bounds of every YAML file that somebody hands in (reliability.md §6): without them a kilobyte can cost minutes.
internal import FlowModel

package enum YAMLLimits {
  package static let fileBytesMax = Limits.sourceFileBytesMax
  package static let depthMax = 64
  /// After aliases are followed: ten lines of aliases can otherwise stand for 10^10 nodes.
  package static let nodesMax = 10_000
  package static let anchorsMax = 1_000
  package static let keyScalarsMax = 256
  package static let scalarBytesMax = 256 * 1024
  /// A person reads a dozen; fifty show the pattern.
  package static let diagnosticsMax = 50
}
