//! A figure with its unit, what was promised of it and what others reach: as a line, as JSON, as a row of a table.
import Foundation
import SwitchboardSDK

/// One measured figure and what was promised of it.
struct BenchFigure: Sendable {
  var name: String
  var measured: Double
  var unit: String
  var atLeast: Double?
  var atMost: Double?
  /// The same work elsewhere, with its figure.
  var peers: String

  init(
    _ name: String, _ value: Double, _ unit: String, atLeast: Double? = nil, atMost: Double? = nil, peers: String = ""
  ) {
    self.name = name
    self.measured = value
    self.unit = unit
    self.atLeast = atLeast
    self.atMost = atMost
    self.peers = peers
  }

  var isMet: Bool { measured >= (atLeast ?? -.infinity) && measured <= (atMost ?? .infinity) }

  private var wanted: String {
    atLeast.map { "at least \(Self.rounded($0))" } ?? atMost.map { "at most \(Self.rounded($0))" } ?? ""
  }

  var line: String {
    let beside = [wanted.isEmpty ? "" : "wanted \(wanted)", peers].filter { !$0.isEmpty }.joined(separator: "; ")
    return "\(isMet ? "ok  " : "MISS") \(name): \(Self.rounded(measured)) \(unit)"
      + (beside.isEmpty ? "" : "  (\(beside))")
  }

  var row: String { "| \(name) | \(Self.rounded(measured)) \(unit) | \(wanted) | \(peers) |" }

  var value: Value {
    [
      "name": .text(name), "value": .double(measured), "unit": .text(unit),
      "at_least": atLeast.map(Value.double) ?? .null, "at_most": atMost.map(Value.double) ?? .null, "met": .bool(isMet),
      "peers": .text(peers),
    ]
  }

  private static func rounded(_ number: Double) -> String {
    number >= 100 ? String(Int64(exactly: number.rounded()) ?? 0) : String(format: "%.2f", number)
  }
}

/// One scenario: what was done, what stood at the other end, and what came of it.
struct BenchReport: Sendable {
  var id: String
  var title: String
  /// Which generator, which far end, which store.
  var setting: String
  var figures: [BenchFigure]

  var isMet: Bool { figures.allSatisfy(\.isMet) }

  var text: String {
    "\(id)  \(title)\n    \(setting)\n" + figures.map { "  \($0.line)\n" }.joined()
  }

  var markdown: String {
    "### \(id): \(title)\n\n\(setting)\n\n| figure | measured | wanted | elsewhere |\n| --- | --: | --- | --- |\n"
      + figures.map { $0.row + "\n" }.joined()
  }

  var value: Value {
    [
      "id": .text(id), "title": .text(title), "setting": .text(setting), "figures": .list(figures.map(\.value)),
      "met": .bool(isMet),
    ]
  }
}
