//! The `state` step: what it asks, and what it makes of the answer.
import SwitchboardSDK

extension RunMachine {
  func ask(_ access: StateAccess, _ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output {
    let scope = scope(state, context)
    let key = access.key.rendered(in: scope)
    guard !key.isEmpty, key.utf8.count <= Limits.stateKeyBytesMax else {
      let text = key.isEmpty ? "the key is empty" : "a key over \(Limits.stateKeyBytesMax) bytes"
      return failed(
        StepFailure(code: "limit", text: text, isRetryable: false), step: step, &state, in: &context)
    }
    let operation: StateRequest.Operation
    switch access.operation {
    case .get: operation = .get
    case .delete: operation = .delete
    case .set(let value): operation = .set(value.evaluate(in: scope))
    case .increment(let by):
      guard let number = by.evaluate(in: scope).intValue else {
        return failed(
          StepFailure(code: "type", text: "'by' is no whole number", isRetryable: false), step: step, &state,
          in: &context)
      }
      operation = .increment(by: number)
    }
    return .keep(
      StateRequest(operation: operation, key: key, timeToLiveMilliseconds: access.timeToLiveMilliseconds))
  }

  func kept(_ answer: Result<Value, Fault>, _ state: inout RunState, in context: inout RunContext) -> Output {
    guard let step = step(at: state) else { return run(&state, in: &context) }
    switch answer {
    case .success(let value):
      if step.isNamed { state.setResult(step.id, value) }
      state.attempt = 0
      state.position += 1
      return run(&state, in: &context)
    case .failure(let fault):
      return failed(
        StepFailure(code: fault.code, text: fault.text, isRetryable: false), step: step, &state, in: &context)
    }
  }
}
