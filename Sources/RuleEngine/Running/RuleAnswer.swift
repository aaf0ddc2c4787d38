//! Reads what a call left behind, in this process or in a worker's: the same for both.
internal import CLua
internal import FlowModel
internal import SwitchboardSDK

struct RuleAnswer {
  let outcome: sb_outcome
  let source: RuleSource
  let limits: RuleLimits

  var cost: RuleCost {
    RuleCost(
      cpuNanoseconds: outcome.cpu_nanoseconds, instructions: Int(clamping: outcome.instructions),
      peakBytes: Int(clamping: outcome.peak_bytes))
  }

  /// Whether the state is half-way through something and must be thrown away.
  var isSpent: Bool {
    [SB_INSTRUCTIONS.rawValue, SB_MEMORY.rawValue, SB_TIME.rawValue].contains(UInt32(bitPattern: outcome.status))
  }

  func judgement(of call: RuleCall) -> RuleJudgement {
    RuleJudgement(result: decision(of: call), log: log(of: call), cost: cost)
  }

  private func decision(of call: RuleCall) -> Result<RuleDecision, RuleFailure> {
    if let failure { return .failure(failure) }
    var reader = TapeReader(UnsafeBufferPointer(start: outcome.result, count: outcome.result_length))
    let action = reader.next(), reply = reader.next(), route = reader.next(), reason = reader.next()
    let tags = reader.next(), values = reader.next()
    let state = reader.next()
    let before = call.conversation["state"]
    let isUnchanged = state.isNull || state == before || (state == .map([:]) && before.isNull)
    if !isUnchanged {
      let size = JSON.bytes(state).count
      guard state.mapValue != nil, size <= RuleLimits.stateBytesMax else {
        let detail =
          state.mapValue == nil
          ? "conv.state must have named members" : "conv.state takes \(size) bytes, over \(RuleLimits.stateBytesMax)"
        return .failure(RuleFailure(code: .state, rule: source.name, detail: detail))
      }
    }
    return .success(
      RuleDecision(
        action: action.textValue ?? "", reply: reply.textValue, route: route.textValue, reason: reason.textValue,
        tags: tags.listValue?.compactMap(\.textValue) ?? [], values: values.mapValue ?? [:],
        state: isUnchanged ? Value?.none : state, version: source.version))
  }

  private func log(of call: RuleCall) -> RuleLog? {
    guard outcome.log_length > 0 || outcome.log_dropped > 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(start: outcome.log, count: outcome.log_length)
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
    return RuleLog(
      project: call.project, rule: call.rule, lines: lines.map { String(decoding: $0, as: UTF8.self) },
      droppedLines: Int(clamping: outcome.log_dropped))
  }

  var failure: RuleFailure? {
    let message = UnsafeRawBufferPointer(start: outcome.message, count: outcome.message_length)
    let status = UInt32(bitPattern: outcome.status)
    if status == SB_OK.rawValue { return nil }
    let (line, text) = RuleText.placed(message, chunk: source.chunkName)
    let known = outcome.line > 0 ? Int(outcome.line) : line
    func failure(_ code: RuleFailure.Code, _ detail: String) -> RuleFailure {
      RuleFailure(code: code, rule: source.name, line: known, detail: detail)
    }
    switch status {
    case SB_INSTRUCTIONS.rawValue:
      return failure(.instructions, "over the budget of \(limits.instructions) instructions")
    case SB_MEMORY.rawValue:
      let cause = text.isEmpty || text == "over the budget" ? "" : ": \(text)"
      return failure(.memory, "over the budget of \(limits.memoryBytes >> 20) MiB memory\(cause)")
    case SB_TIME.rawValue: return failure(.time, "over the budget of \(limits.cpuMilliseconds) ms CPU time")
    case SB_BAD_RESULT.rawValue: return failure(.badResult, text)
    case SB_BAD_STATE.rawValue: return failure(.state, text)
    default: return failure(.failed, text)
    }
  }

  /// Of a bare chunk: the text that it returned, or the action of its decision.
  var chunk: RuleChunkOutcome {
    guard failure == nil else {
      let failure = failure ?? RuleFailure(code: .failed, rule: source.name, detail: "")
      return RuleChunkOutcome(result: .failure(failure), cost: cost)
    }
    var reader = TapeReader(UnsafeBufferPointer(start: outcome.result, count: outcome.result_length))
    return RuleChunkOutcome(result: .success(reader.next()), cost: cost)
  }
}
