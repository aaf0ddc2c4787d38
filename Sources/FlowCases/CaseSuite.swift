//! One file of cases with the flow or rule that it tests: read, checked, ready to be played.
package import FlowLoading
package import FlowModel
import SwitchboardSDK

package struct CaseSuite: Sendable {
  package var file: CaseFile
  package var house: CaseHouse
  /// Nil for the cases of a rule.
  package var flow: Flow?
  /// The flow's bytes, for the journal.
  package var flowSource: [UInt8]
  /// Reads another file that the cases name, by its path relative to theirs.
  package var neighbour: @Sendable (String) -> [UInt8]?
  package var warnings: [Diagnostic] = []

  /// What stands in the way of playing, all of it.
  package struct Refusal: Error, Sendable {
    package var diagnostics: [Diagnostic]
  }

  /// - Parameters:
  ///   - house: asked for what the head of the file describes; throws the reasons why there is none.
  ///   - neighbour: reads a file by its path relative to the cases.
  package static func load(
    source: [UInt8], path: String, neighbour: @escaping @Sendable (String) -> [UInt8]?,
    house: (CaseFile, inout DiagnosticLog) -> CaseHouse?
  ) throws(Refusal) -> CaseSuite {
    var found: CaseHouse?
    var flow: Loaded<Flow>?
    var bytes: [UInt8] = []
    var problems = DiagnosticLog(file: path)
    let loaded = CaseLoader.load(source: source, file: path) { head in
      problems.source = head.source
      found = house(head, &problems)
      guard let house = found else { return CaseSurroundings() }
      var surroundings = CaseSurroundings(
        connections: Set(house.connections.keys), flows: house.flowNames, rules: Set(house.rules.keys))
      guard case .flow(let name) = head.subject, let file = house.flows.first(where: { $0.flowName == name }) else {
        return surroundings
      }
      bytes = file.bytes
      let read = FlowLoader.load(source: file.bytes, file: file.file, catalogue: house.catalogue)
      flow = read
      surroundings.steps = read.content.map { StepNames.all(of: $0) }
      return surroundings
    }
    let diagnostics =
      problems.diagnostics + (flow?.hasErrors == true ? flow?.diagnostics.filter { $0.severity == .error } ?? [] : [])
      + loaded.diagnostics
    guard let file = loaded.content, let house = found, !diagnostics.contains(where: { $0.severity == .error }) else {
      throw Refusal(diagnostics: diagnostics)
    }
    return CaseSuite(
      file: file, house: house, flow: flow?.content, flowSource: bytes, neighbour: neighbour, warnings: diagnostics)
  }
}

/// The ids of all steps, those inside others as well.
enum StepNames {
  /// A flow's own, and as `NAME/ID` those of the flows that it calls.
  static func all(of flow: Flow) -> Set<String> {
    Set(all(in: flow.steps) + flow.callees.flatMap { name, callee in all(in: callee.steps).map { "\(name)/\($0)" } })
  }

  private static func all(in steps: [Step]) -> [String] {
    steps.flatMap { step -> [String] in
      let inside: [[Step]] =
        switch step.body {
        case .filter(_, .steps(let steps)): [steps]
        case .route(let branches): branches.map(\.steps)
        case .attempt(let steps, let handler): [steps, handler]
        case .each(let each): [each.steps]
        case .parallel(let branches): branches.map(\.steps)
        default: []
        }
      return [step.id] + inside.flatMap { all(in: $0) }
    }
  }
}
