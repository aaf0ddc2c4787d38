//! A YAML file as a plain value, as editors hold it against a schema.
package import SwitchboardSDK

package enum YAMLValue {
  /// Nil for what is no YAML of ours.
  package static func read(_ source: [UInt8]) -> Value? {
    var log = DiagnosticLog(file: "")
    let root = YAMLTree.compose(source, into: &log)
    return log.hasErrors ? nil : root?.value
  }
}
