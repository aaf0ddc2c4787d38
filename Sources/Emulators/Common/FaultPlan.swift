//! Which request meets which trouble: faults are taken in the order in which they were switched on.

package struct FaultPlan: Sendable {
  package private(set) var faults: [Fault] = []

  package init() {}

  package var isEmpty: Bool { faults.isEmpty }

  package mutating func add(_ fault: Fault) {
    if fault.times > 0 { faults.append(fault) }
  }

  package mutating func clear() { faults = [] }

  /// The trouble that hits this request, if any; counts it off. `parameters` is asked for only when a fault
  /// wants to look into the request.
  package mutating func take(_ operation: String, parameters: () -> String = { "" }) -> Fault.Kind? {
    guard !faults.isEmpty else { return nil }
    let wanted = operation.lowercased()
    for index in faults.indices {
      let fault = faults[index]
      guard fault.operation == "*" || fault.operation.lowercased() == wanted else { continue }
      if let text = fault.containing, !parameters().contains(text) { continue }
      if fault.skip > 0 {
        faults[index].skip -= 1
        continue
      }
      if fault.times == 1 { faults.remove(at: index) } else { faults[index].times -= 1 }
      return fault.kind
    }
    return nil
  }
}
