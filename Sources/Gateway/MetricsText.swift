//! The Prometheus text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): a few lines of
//! text need no library, see docs/decisions/0008.

package struct MetricsText: Sendable {
  package enum Kind: String, Sendable { case counter, gauge, histogram }
  package typealias Labels = [(name: String, value: String)]

  package private(set) var text = ""
  /// A label's value longer than this is cut: names of flows and connections are shorter.
  private static let valueScalarsMax = 128

  package init() {}

  /// One metric with all its samples. Names are ours and need no escaping. Numbers that Prometheus has no sign for
  /// are left out.
  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(Labels, Double)]) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    for (labels, value) in samples where value.isFinite { line(name, labels, value) }
  }

  private mutating func line(_ name: String, _ labels: Labels, _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// A distribution: `counts` of each bucket alone, one more than `bounds`, which are in seconds.
  package struct Histogram: Sendable {
    package var labels: Labels
    package var bounds: [Double]
    package var counts: [Int]
    package var sum: Double

    package init(labels: Labels, bounds: [Double], counts: [Int], sum: Double) {
      self.labels = labels
      self.bounds = bounds
      self.counts = counts
      self.sum = sum
    }
  }

  package mutating func add(_ name: String, _ help: String, _ histograms: [Histogram]) {
    guard !histograms.isEmpty else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(Kind.histogram.rawValue)\n"
    for histogram in histograms {
      var total = 0
      for (index, count) in histogram.counts.enumerated() {
        total += count
        let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
        line(name + "_bucket", histogram.labels + [("le", bound)], Double(total))
      }
      line(name + "_sum", histogram.labels, histogram.sum)
      line(name + "_count", histogram.labels, Double(total))
    }
  }

  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    add(name, kind, help, [([], Double(value))])
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map { String($0) } ?? String(value)
  }

  private static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars.prefix(valueScalarsMax) {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
