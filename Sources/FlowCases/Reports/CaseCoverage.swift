//! What the cases have reached of flows and rules: steps, both sides of each condition, lines of Lua.
import FlowModel
import RuleEngine
package import SwitchboardSDK

package struct CaseCoverage: Sendable {
  package struct Part: Sendable {
    package var file: String
    /// `flow` or `rule`, and the name.
    package var subject: String
    /// Steps and branches, or lines of code.
    package var reached: [String: Int] = [:]
    package var total: [String: Int] = [:]
    package var missing: [Missing] = []
  }

  package struct Missing: Sendable, Hashable {
    package var file: String
    package var line: Int
    package var what: String
  }

  private struct FlowSeen {
    var program: Program
    var hits: Set<FlowHit> = []
  }
  private struct RuleSeen {
    var source: RuleSource
    var lines: Set<Int> = []
  }

  private var flows: [String: FlowSeen] = [:]
  private var rules: [String: RuleSeen] = [:]

  package init() {}

  mutating func add(_ flow: Flow, _ hits: Set<FlowHit>) {
    let key = "\(flow.file) \(flow.version)"
    flows[key, default: FlowSeen(program: Program(flow))].hits.formUnion(hits)
  }

  mutating func add(_ source: RuleSource, _ lines: Set<Int>) {
    rules["\(source.file) \(source.version)", default: RuleSeen(source: source)].lines.formUnion(lines)
  }

  package mutating func add(_ other: CaseCoverage) {
    for (key, seen) in other.flows { flows[key, default: FlowSeen(program: seen.program)].hits.formUnion(seen.hits) }
    for (key, seen) in other.rules { rules[key, default: RuleSeen(source: seen.source)].lines.formUnion(seen.lines) }
  }

  package var parts: [Part] {
    flows.sorted { $0.key < $1.key }.map { Self.part($0.value) }
      + rules.sorted { $0.key < $1.key }.map { Self.part($0.value) }
  }

  // MARK: Flows

  private static func part(_ seen: FlowSeen) -> Part {
    var part = Part(file: seen.program.flow.file, subject: "flow \(seen.program.flow.name)")
    func count(_ kind: String, _ mark: Program.Mark, _ isReached: Bool, _ what: String) {
      part.total[kind, default: 0] += 1
      part.reached[kind, default: 0] += isReached ? 1 : 0
      if !isReached { part.missing.append(Missing(file: mark.place.file, line: mark.place.line, what: what)) }
    }
    for (position, mark) in seen.program.marks.sorted(by: { $0.key < $1.key }) {
      func has(_ holds: Bool?) -> Bool { seen.hits.contains(FlowHit(position: position, holds: holds)) }
      switch mark.part {
      case .step: count("steps", mark, has(nil), "step \(mark.step)")
      case .condition:
        count("branches", mark, has(true), "\(mark.step): 'if' true")
        count("branches", mark, has(false), "\(mark.step): 'if' false")
      case .filter:
        count("branches", mark, has(true), "\(mark.step): passes")
        count("branches", mark, has(false), "\(mark.step): else")
      case .branch(let index, let isLast):
        count("branches", mark, has(true), "\(mark.step): when[\(index)]")
        if isLast { count("branches", mark, has(false), "\(mark.step): else") }
      }
    }
    return part
  }

  // MARK: Rules

  private static func part(_ seen: RuleSeen) -> Part {
    var part = Part(file: seen.source.file, subject: "rule \(seen.source.name)")
    let code = seen.source.codeLines ?? []
    part.total["lines"] = code.count
    part.reached["lines"] = code.intersection(seen.lines).count
    part.missing = code.subtracting(seen.lines).sorted().map {
      Missing(file: seen.source.file, line: $0, what: "line of Lua")
    }
    return part
  }

  // MARK: Telling

  package var lines: [String] {
    parts.flatMap { part -> [String] in
      let figures = part.total.keys.sorted().reversed().map { kind in
        "\(kind) \(part.reached[kind] ?? 0)/\(part.total[kind] ?? 0)"
      }
      return ["\(part.file)  \(figures.joined(separator: ", "))"]
        + part.missing.map { "  not reached  \($0.file):\($0.line)  \($0.what)" }
    }
  }

  package var value: Value {
    .list(
      parts.map { part in
        [
          "file": .text(part.file), "subject": .text(part.subject),
          "reached": .map(part.reached.mapValues { .int(Int64($0)) }),
          "total": .map(part.total.mapValues { .int(Int64($0)) }),
          "missing": .list(
            part.missing.map { ["file": .text($0.file), "line": .int(Int64($0.line)), "what": .text($0.what)] }),
        ]
      })
  }
}
