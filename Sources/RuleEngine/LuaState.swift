//! One Lua state in its sandbox. Used by the thread that made it; all raising happens on the C side.
internal import CLua
internal import FlowModel
internal import SwitchboardSDK

final class LuaState {
  private let state: OpaquePointer
  private var tape = TapeWriter()
  /// Set once a budget tripped: the state may be half-way through anything and must be thrown away.
  private(set) var isSpent = false
  /// What the last call of `judge` took.
  private(set) var lastUsage = RuleUsage()

  /// Nil when there is no memory for a state.
  init?() {
    guard let state = sb_open(TextBridge.function) else { return nil }
    self.state = state
  }

  deinit {
    _ = endCover()
    sb_close(state)
  }

  /// Compiles and runs a rule file; the answer refers to its rule within this state.
  func load(_ source: RuleSource, limits: RuleLimits) throws(RuleFailure) -> Int32 {
    try source.refuseUnsafe()
    var reference: Int32 = 0
    let outcome = source.bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        sb_load(state, source.chunkName, bytes.baseAddress, bytes.count, limits.native, &reference)
      }
    }
    if let failure = failure(outcome, source, limits: limits) { throw failure }
    return reference
  }

  // MARK: Coverage

  /// A byte a line; index 0 is unused.
  private var covered: UnsafeMutableBufferPointer<UInt8>?

  func beginCover(lines: Int) {
    _ = endCover()
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: lines + 1)
    bytes.initialize(repeating: 0)
    covered = bytes
    sb_cover(state, bytes.baseAddress, bytes.count)
  }

  /// The lines that were run since; empty when nothing was noted.
  func endCover() -> Set<Int> {
    guard let bytes = covered else { return [] }
    sb_cover(state, nil, 0)
    covered = nil
    defer { bytes.deallocate() }
    return Set(bytes.indices.filter { bytes[$0] != 0 })
  }

  func unload(_ reference: Int32) { sb_unload(state, reference) }

  /// Compiles without running.
  func compile(_ source: RuleSource, limits: RuleLimits) throws(RuleFailure) {
    let outcome = source.bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        sb_compile(state, source.chunkName, bytes.baseAddress, bytes.count, limits.native)
      }
    }
    if let failure = failure(outcome, source, limits: limits) { throw failure }
  }

  func judge(
    _ call: RuleCall, _ source: RuleSource, reference: Int32, limits: RuleLimits
  ) throws(RuleFailure) -> (decision: RuleDecision, log: RuleLog?) {
    let outcome = withCall(call) { sb_judge(state, reference, $0, limits.native) }
    lastUsage = RuleUsage(
      instructions: Int(clamping: outcome.instructions), peakBytes: Int(clamping: outcome.peak_bytes))
    if let failure = failure(outcome, source, limits: limits) { throw failure }
    return (try decision(outcome, call, source), log(outcome, call))
  }

  /// Runs a bare chunk: a text it returns becomes the decision's reply, with the action `text`.
  func run(_ source: RuleSource, _ call: RuleCall, limits: RuleLimits) -> RuleChunkOutcome {
    do throws(RuleFailure) { try source.refuseUnsafe() } catch {
      return RuleChunkOutcome(result: .failure(error), peakBytes: 0, instructions: 0)
    }
    let outcome = source.bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        withCall(call) { sb_run(state, source.chunkName, bytes.baseAddress, bytes.count, $0, limits.native) }
      }
    }
    let result: Result<Value, RuleFailure>
    if let failure = failure(outcome, source, limits: limits) {
      result = .failure(failure)
    } else {
      var reader = TapeReader(UnsafeBufferPointer(start: outcome.result, count: outcome.result_length))
      result = .success(reader.next())
    }
    return RuleChunkOutcome(
      result: result, peakBytes: Int(clamping: outcome.peak_bytes), instructions: Int(clamping: outcome.instructions))
  }

  private func withCall(_ call: RuleCall, _ body: (UnsafePointer<sb_call>) -> sb_outcome) -> sb_outcome {
    tape.clear()
    tape.write(call.message)
    tape.write(call.conversation)
    tape.write(call.settings)
    return tape.bytes.withUnsafeBufferPointer { bytes in
      var native = sb_call(
        tape: bytes.baseAddress, tape_length: bytes.count, now_milliseconds: call.now.milliseconds,
        utc_offset_seconds: Int32(clamping: call.utcOffsetSeconds), seed: call.seed)
      return body(&native)
    }
  }

  private func decision(
    _ outcome: sb_outcome, _ call: RuleCall, _ source: RuleSource
  ) throws(RuleFailure) -> RuleDecision {
    var reader = TapeReader(UnsafeBufferPointer(start: outcome.result, count: outcome.result_length))
    let action = reader.next(), reply = reader.next(), route = reader.next(), reason = reader.next()
    let tags = reader.next()
    let state = reader.next()
    let before = call.conversation["state"]
    let isUnchanged = state.isNull || state == before || (state == .map([:]) && before.isNull)
    if !isUnchanged {
      let size = JSON.bytes(state).count
      guard state.mapValue != nil, size <= RuleLimits.stateBytesMax else {
        let detail =
          state.mapValue == nil
          ? "conv.state must have named members" : "conv.state takes \(size) bytes, over \(RuleLimits.stateBytesMax)"
        throw RuleFailure(code: .badResult, rule: source.name, detail: detail)
      }
    }
    return RuleDecision(
      action: action.textValue ?? "", reply: reply.textValue, route: route.textValue, reason: reason.textValue,
      tags: tags.listValue?.compactMap(\.textValue) ?? [], state: isUnchanged ? Value?.none : state,
      version: source.version)
  }

  private func log(_ outcome: sb_outcome, _ call: RuleCall) -> RuleLog? {
    guard outcome.log_length > 0 || outcome.log_dropped > 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(start: outcome.log, count: outcome.log_length)
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
    return RuleLog(
      project: call.project, rule: call.rule, lines: lines.map { String(decoding: $0, as: UTF8.self) },
      droppedLines: Int(clamping: outcome.log_dropped))
  }

  private func failure(_ outcome: sb_outcome, _ source: RuleSource, limits: RuleLimits) -> RuleFailure? {
    let message = UnsafeRawBufferPointer(start: outcome.message, count: outcome.message_length)
    let (line, text) = RuleText.placed(message, chunk: source.chunkName)
    let known = outcome.line > 0 ? Int(outcome.line) : line
    func failure(_ code: RuleFailure.Code, _ detail: String) -> RuleFailure {
      RuleFailure(code: code, rule: source.name, line: known, detail: detail)
    }
    switch UInt32(bitPattern: outcome.status) {
    case SB_OK.rawValue: return nil
    case SB_INSTRUCTIONS.rawValue:
      isSpent = true
      return failure(.instructions, "over the budget of \(limits.instructions) instructions")
    case SB_MEMORY.rawValue:
      isSpent = true
      let cause = text.isEmpty || text == "over the budget" ? "" : ": \(text)"
      return failure(.memory, "over the budget of \(limits.memoryBytes >> 20) MiB memory\(cause)")
    case SB_TIME.rawValue:
      isSpent = true
      return failure(.time, "over the budget of \(limits.cpuMilliseconds) ms CPU time")
    case SB_BAD_RESULT.rawValue: return failure(.badResult, text)
    default: return failure(.failed, text)
    }
  }
}
