//! One Lua state in its sandbox. Used by the thread that made it; all raising happens on the C side.
internal import CLua
internal import FlowModel
internal import SwitchboardSDK

final class LuaState {
  private let state: OpaquePointer
  private var tape = TapeWriter()
  private let zones: ZoneAsker
  /// Set once a budget tripped: the state may be half-way through anything and must be thrown away.
  private(set) var isSpent = false

  /// Nil when there is no memory for a state.
  init?(zones: RuleZones? = nil) {
    guard let state = sb_open(TextBridge.function) else { return nil }
    self.state = state
    self.zones = ZoneAsker(zones)
  }

  deinit { sb_close(state) }

  /// Compiles and runs a rule file; the answer refers to its rule within this state.
  func load(_ source: RuleSource, limits: RuleLimits) throws(RuleFailure) -> Int32 {
    try source.refuseUnsafe()
    let (reference, outcome) = load(source, native: limits.native)
    if let failure = RuleAnswer(outcome: outcome, source: source, limits: limits).failure { throw failure }
    return reference
  }

  func load(_ source: RuleSource, native limits: sb_limits) -> (reference: Int32, outcome: sb_outcome) {
    var reference: Int32 = 0
    let outcome = withBytes(of: source) { sb_load(state, source.chunkName, $0, $1, limits, &reference) }
    return (reference, noted(outcome))
  }

  func unload(_ reference: Int32) { sb_unload(state, reference) }

  /// Compiles without running.
  func compile(_ source: RuleSource, limits: RuleLimits) throws(RuleFailure) {
    let outcome = withBytes(of: source) { sb_compile(state, source.chunkName, $0, $1, limits.native) }
    if let failure = RuleAnswer(outcome: outcome, source: source, limits: limits).failure { throw failure }
  }

  func judge(_ call: RuleCall, _ source: RuleSource, reference: Int32, limits: RuleLimits) -> RuleJudgement {
    tape.rewrite(call)
    let outcome = tape.bytes.withUnsafeBufferPointer { bytes in
      judge(RuleCallFrame(call, tape: bytes), project: call.project, reference: reference, native: limits.native)
    }
    return RuleAnswer(outcome: outcome, source: source, limits: limits).judgement(of: call)
  }

  /// The answer is valid until the state's next use.
  func judge(_ frame: RuleCallFrame, project: String, reference: Int32, native limits: sb_limits) -> sb_outcome {
    zones.project = project
    var native = frame.native
    native.zone = zones.function
    native.zone_context = zones.context
    return noted(sb_judge(state, reference, &native, limits))
  }

  /// Runs a bare chunk: a text it returns becomes the decision's reply, with the action `text`.
  func run(_ source: RuleSource, _ call: RuleCall, limits: RuleLimits) -> RuleChunkOutcome {
    do throws(RuleFailure) { try source.refuseUnsafe() } catch {
      return RuleChunkOutcome(result: .failure(error), cost: RuleCost())
    }
    tape.rewrite(call)
    let outcome = tape.bytes.withUnsafeBufferPointer { bytes in
      run(source, RuleCallFrame(call, tape: bytes), native: limits.native)
    }
    return RuleAnswer(outcome: outcome, source: source, limits: limits).chunk
  }

  func run(_ source: RuleSource, _ frame: RuleCallFrame, native limits: sb_limits) -> sb_outcome {
    var native = frame.native
    native.zone = zones.function
    native.zone_context = zones.context
    return noted(withBytes(of: source) { sb_run(state, source.chunkName, $0, $1, &native, limits) })
  }

  private func noted(_ outcome: sb_outcome) -> sb_outcome {
    let status = UInt32(bitPattern: outcome.status)
    if [SB_INSTRUCTIONS.rawValue, SB_MEMORY.rawValue, SB_TIME.rawValue].contains(status) { isSpent = true }
    return outcome
  }

  private func withBytes<Result>(
    of source: RuleSource, _ body: (UnsafePointer<CChar>?, Int) -> Result
  ) -> Result {
    source.bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress, $0.count) }
    }
  }
}

/// A call as the C side takes it. Valid as long as its tape.
struct RuleCallFrame {
  let native: sb_call

  init(_ call: RuleCall, tape: UnsafeBufferPointer<UInt8>) {
    self.init(
      tape: tape, nowMilliseconds: call.now.milliseconds, utcOffsetSeconds: Int32(clamping: call.utcOffsetSeconds),
      seed: call.seed)
  }

  init(tape: UnsafeBufferPointer<UInt8>, nowMilliseconds: Int64, utcOffsetSeconds: Int32, seed: UInt64) {
    native = sb_call(
      tape: tape.baseAddress, tape_length: tape.count, now_milliseconds: nowMilliseconds,
      utc_offset_seconds: utcOffsetSeconds, seed: seed, zone: nil, zone_context: nil)
  }
}

/// Lets the C side ask for time zones; lives as long as its state.
private final class ZoneAsker {
  private let zones: RuleZones?
  var project = ""

  init(_ zones: RuleZones?) { self.zones = zones }

  var context: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

  /// Nil where nobody knows time zones: then only the project's offset is known.
  var function: sb_zone_function? {
    guard zones != nil else { return nil }
    return { context, zone, length, seconds, offset in
      guard let context, let offset else { return 0 }
      let asker = Unmanaged<ZoneAsker>.fromOpaque(context).takeUnretainedValue()
      let name = String(decoding: UnsafeRawBufferPointer(start: zone, count: length), as: UTF8.self)
      guard let answer = asker.zones?(asker.project, name, Timestamp(seconds: seconds)) else { return 0 }
      offset.pointee = Int32(clamping: answer)
      return 1
    }
  }
}
