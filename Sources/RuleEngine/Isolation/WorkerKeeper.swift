//! The engine's side of one worker process: starts it, asks it, ends it when it takes too long, starts it again.
//! Whatever the worker does costs one message its decision and the engine nothing.
internal import CLinux
internal import CLua
internal import FlowModel
internal import Glibc
internal import SwitchboardSDK

/// Not Sendable: made and used on one Lua thread.
final class WorkerKeeper {
  /// Over the budget that the worker itself keeps.
  static let graceNanoseconds: Int64 = 200_000_000
  /// A worker that takes no CPU either, stopped or starved.
  static let silenceMilliseconds: Int64 = 10_000
  private static let backOffMillisecondsMax: Int64 = 30_000

  private struct Worker {
    var process: Int32
    var socket: Int32
    /// Versions of the rules that it holds.
    var versions: [String: String] = [:]
  }

  private let program: RuleWorkerProgram
  private let zones: RuleZones?
  private var worker: Worker?
  private var tape = TapeWriter()
  private var writer = FrameWriter()
  /// Deaths since the last answer, and when the last was.
  private var deaths = 0
  private var diedAt: Int64 = 0
  private(set) var starts = 0

  init(program: RuleWorkerProgram, zones: RuleZones?) {
    self.program = program
    self.zones = zones
  }

  deinit { stop() }

  func judge(_ call: RuleCall, _ source: RuleSource, limits: RuleLimits) -> RuleJudgement {
    do throws(RuleFailure) {
      try source.refuseUnsafe()
      let worker = try running(source.name)
      tape.rewrite(call)
      begin(.judge)
      writer.put(call.project)
      writer.put(source.name)
      let isKnown = worker.versions[source.name] == source.version
      writer.put(UInt8(isKnown ? 0 : 1))
      if !isKnown {
        writer.put(source.file)
        writer.put(source.bytes)
      }
      put(limits)
      put(call)
      self.worker?.versions[source.name] = source.version
      // A new version is compiled and run first, under the budget of loading.
      let budget = (isKnown ? 0 : RuleLimits.load.cpuNanoseconds) + limits.cpuNanoseconds
      return try exchange(source, limits: limits, project: call.project, budget: budget) { $0.judgement(of: call) }
    } catch {
      return .failed(error)
    }
  }

  /// Why a file gives no rule; nil when it does.
  func refusal(of source: RuleSource) -> RuleFailure? {
    do throws(RuleFailure) {
      try source.refuseUnsafe()
      _ = try running(source.name)
      begin(.load)
      put(source)
      put(.load)
      return try exchange(source, limits: .load, project: "", budget: RuleLimits.load.cpuNanoseconds) { $0.failure }
    } catch {
      return error
    }
  }

  func run(chunk source: RuleSource, limits: RuleLimits) -> RuleChunkOutcome {
    do throws(RuleFailure) {
      try source.refuseUnsafe()
      _ = try running(source.name)
      tape.rewrite(RuleChunk.call)
      begin(.chunk)
      put(source)
      put(limits)
      put(RuleChunk.call)
      return try exchange(source, limits: limits, project: "", budget: limits.cpuNanoseconds) { $0.chunk }
    } catch {
      return RuleChunkOutcome(result: .failure(error), cost: RuleCost())
    }
  }

  /// What the worker is refused (`open=1 socket=1 …`); nil when there is no worker.
  func probe() -> String? {
    guard (try? running("probe")) != nil, let worker else { return nil }
    begin(.probe)
    var watch = CPUWatch(process: worker.process, budget: RuleLimits.load.cpuNanoseconds)
    guard writer.send(to: worker.socket),
      let frame = FrameReader.receive(from: worker.socket, mayWait: { watch.wait(worker.socket, for: $0) })
    else { return nil }
    var reader = FrameReader(frame)
    return reader.number(UInt8.self) == WorkerReply.text.rawValue ? reader.text() : nil
  }

  /// Lets the worker do something bad: `crash`, `spin`, `hoard`, `babble`. What the caller is told of it.
  func misbehave(_ how: String) -> RuleFailure? {
    let source = RuleSource(name: "misdeed", file: "misdeed.lua", bytes: [])
    do throws(RuleFailure) {
      _ = try running(source.name)
      begin(.misbehave)
      writer.put(how)
      return try exchange(source, limits: .call, project: "", budget: RuleLimits.call.cpuNanoseconds) { $0.failure }
    } catch {
      return error
    }
  }

  func stop() {
    guard let worker else { return }
    self.worker = nil
    close(worker.socket)
    var signal: Int32 = 0
    _ = switchboard_worker_end(worker.process, &signal)
  }

  private func running(_ rule: String) throws(RuleFailure) -> Worker {
    if let worker { return worker }
    let wait = deaths < 2 ? 0 : min(Self.backOffMillisecondsMax, 50 << Int64(min(deaths, 12)))
    guard Self.now() - diedAt >= wait || deaths == 0 else {
      throw RuleFailure(code: .failed, rule: rule, detail: "the worker process is being started again")
    }
    var socket: Int32 = -1
    let process = switchboard_worker_start(program.path, RuleWorkerProgram.verb, &socket)
    guard process > 0 else {
      deaths += 1
      diedAt = Self.now()
      throw RuleFailure(
        code: .failed, rule: rule, detail: "no worker process: \(String(cString: strerror(errno)))")
    }
    starts += 1
    let started = Worker(process: process, socket: socket)
    worker = started
    return started
  }

  private func begin(_ request: WorkerRequest) {
    writer.begin()
    writer.put(request.rawValue)
  }

  private func put(_ source: RuleSource) {
    writer.put(source.name)
    writer.put(source.file)
    writer.put(source.bytes)
  }

  private func put(_ limits: RuleLimits) {
    let native = limits.native
    writer.put(native.instructions)
    writer.put(native.memory_bytes)
    writer.put(native.cpu_nanoseconds)
    writer.put(native.table_slots)
  }

  /// With the tape that was written last.
  private func put(_ call: RuleCall) {
    writer.put(call.now.milliseconds)
    writer.put(Int32(clamping: call.utcOffsetSeconds))
    writer.put(call.seed)
    writer.put(tape.bytes)
  }

  /// Sends what was written and reads the answer, questions about time zones in between.
  private func exchange<Answer>(
    _ source: RuleSource, limits: RuleLimits, project: String, budget: Int64, _ read: (RuleAnswer) -> Answer
  ) throws(RuleFailure) -> Answer {
    guard let worker else { throw RuleFailure(code: .failed, rule: source.name, detail: "no worker process") }
    var watch = CPUWatch(process: worker.process, budget: budget + Self.graceNanoseconds)
    guard writer.send(to: worker.socket, mayWait: { watch.wait(worker.socket, for: $0) }) else {
      throw died(source, limits, watch.outcome)
    }
    while true {
      guard let frame = FrameReader.receive(from: worker.socket, mayWait: { watch.wait(worker.socket, for: $0) }) else {
        throw died(source, limits, watch.outcome)
      }
      var reader = FrameReader(frame)
      switch WorkerReply(rawValue: reader.number()) {
      case .answer:
        guard let answer = Self.answer(&reader, frame, source, limits, read) else {
          throw died(source, limits, .babble)
        }
        deaths = 0
        return answer
      case .zoneQuestion:
        let zone = reader.text(), at = Timestamp(milliseconds: reader.number())
        guard !reader.isShort, tell(zones?(project, zone, at), to: worker.socket, &watch) else {
          throw died(source, limits, .babble)
        }
      default: throw died(source, limits, .babble)
      }
    }
  }

  private func tell(_ offset: Int?, to socket: Int32, _ watch: inout CPUWatch) -> Bool {
    var writer = FrameWriter()
    writer.put(UInt8(offset == nil ? 0 : 1))
    writer.put(Int32(clamping: offset ?? 0))
    return writer.send(to: socket) { watch.wait(socket, for: $0) }
  }

  private static func answer<Answer>(
    _ reader: inout FrameReader, _ frame: [UInt8], _ source: RuleSource, _ limits: RuleLimits,
    _ read: (RuleAnswer) -> Answer
  ) -> Answer? {
    var outcome = sb_outcome()
    outcome.status = reader.number()
    outcome.line = max(0, reader.number(Int32.self))
    outcome.instructions = reader.number()
    outcome.peak_bytes = reader.number()
    outcome.cpu_nanoseconds = max(0, reader.number(Int64.self))
    outcome.log_dropped = reader.number()
    let message = reader.range(), result = reader.range(), log = reader.range()
    guard !reader.isShort, log.count <= 64 << 10 else { return nil }
    return frame.withUnsafeBufferPointer { bytes in
      let characters = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
      outcome.message = characters?.advanced(by: message.lowerBound)
      outcome.message_length = message.count
      outcome.result = bytes.baseAddress?.advanced(by: result.lowerBound)
      outcome.result_length = result.count
      outcome.log = characters?.advanced(by: log.lowerBound)
      outcome.log_length = log.count
      return read(RuleAnswer(outcome: outcome, source: source, limits: limits))
    }
  }

  /// Ends the worker and says why; the next call starts another.
  private func died(_ source: RuleSource, _ limits: RuleLimits, _ wait: CPUWatch.Outcome) -> RuleFailure {
    var signal: Int32 = 0
    if let worker {
      close(worker.socket)
      // Who hung up is dying by himself: what ended him tells more than our own signal.
      if wait == .ready { CPUWatch.letDie(worker.process, &signal) } else {
        _ = switchboard_worker_end(worker.process, &signal)
      }
    }
    worker = nil
    deaths += 1
    diedAt = Self.now()
    switch wait {
    case .overrun:
      return RuleFailure(
        code: .time, rule: source.name,
        detail: "over the budget of \(limits.cpuMilliseconds) ms CPU time; its process was ended")
    case .silence:
      return RuleFailure(code: .time, rule: source.name, detail: "its process did not answer and was ended")
    case .babble:
      return RuleFailure(code: .failed, rule: source.name, detail: "its process gave no proper answer and was ended")
    case .ready:
      let cause = signal == 0 ? "" : " by signal \(signal)"
      return RuleFailure(code: .failed, rule: source.name, detail: "its process ended\(cause)")
    }
  }

  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
