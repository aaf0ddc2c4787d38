//! A figure with its unit and what was promised of it, as a line or as JSON.
import Foundation
import SwitchboardSDK

/// One measured figure and what was promised of it.
struct BenchFigure: Sendable {
  var name: String
  var measured: Double
  var unit: String
  var atLeast: Double?
  var atMost: Double?

  init(_ name: String, _ value: Double, _ unit: String, atLeast: Double? = nil, atMost: Double? = nil) {
    self.name = name
    self.measured = value
    self.unit = unit
    self.atLeast = atLeast
    self.atMost = atMost
  }

  var isMet: Bool { measured >= (atLeast ?? -.infinity) && measured <= (atMost ?? .infinity) }

  var line: String {
    let wanted =
      atLeast.map { "  (wanted at least \(Self.rounded($0)))" } ?? atMost.map {
        "  (wanted at most \(Self.rounded($0)))"
      } ?? ""
    return "\(isMet ? "ok  " : "MISS") \(name): \(Self.rounded(measured)) \(unit)\(wanted)"
  }

  var value: Value {
    [
      "name": .text(name), "value": .double(measured), "unit": .text(unit),
      "at_least": atLeast.map(Value.double) ?? .null, "at_most": atMost.map(Value.double) ?? .null, "met": .bool(isMet),
    ]
  }

  private static func rounded(_ number: Double) -> String {
    number >= 100 ? String(Int64(exactly: number.rounded()) ?? 0) : String(format: "%.2f", number)
  }
}
