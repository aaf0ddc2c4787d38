//! The worker's side: the hidden verb `rule-worker`. It gives up files, network and processes, then answers questions
//! on its standard input until the engine hangs up.
internal import CLinux
internal import CLua
internal import FlowModel
internal import Glibc
internal import SwitchboardSDK

package enum RuleWorkerProcess {
  /// On top of what the program takes by itself: a rule's 16 MiB, our own copies, and what malloc keeps.
  static let memoryBytes = 96 << 20
  /// Of one process; then the engine starts a fresh one.
  static let cpuSecondsMax: UInt32 = 3_600

  /// Serves until the engine hangs up; the exit status.
  package static func serve() -> Int32 {
    switchboard_confine_early()
    signal(SIGPIPE, SIG_IGN)
    return LuaThread.run { () -> Int32 in
      let refused = switchboard_confine(memoryBytes, cpuSecondsMax)
      guard refused == 0 else { return 100 + refused }
      var server = Server()
      while let frame = FrameReader.receive(from: 0) {
        guard server.answer(frame) else { return 1 }
      }
      return 0
    } ?? 1
  }

  private struct Server {
    private var lua: LuaState?
    private var loaded: [String: (version: String, reference: Int32)] = [:]
    /// Sources as the engine gave them: a state that was thrown away is filled anew.
    private var sources: [String: RuleSource] = [:]
    private var writer = FrameWriter()

    mutating func answer(_ frame: [UInt8]) -> Bool {
      var reader = FrameReader(frame)
      switch WorkerRequest(rawValue: reader.number()) {
      case .judge: return judge(&reader, frame)
      case .load: return load(&reader)
      case .chunk: return chunk(&reader, frame)
      case .probe: return reply(text: Self.probe())
      case .misbehave: return Misdeed.perform(reader.text())
      case nil: return false
      }
    }

    private mutating func state() -> LuaState? {
      if let lua, !lua.isSpent { return lua }
      loaded = [:]
      lua = LuaState(zones: { _, zone, at in Self.ask(zone, at) })
      return lua
    }

    private mutating func judge(_ reader: inout FrameReader, _ frame: [UInt8]) -> Bool {
      let project = reader.text(), name = reader.text()
      let hasSource = reader.number(UInt8.self) == 1
      if hasSource { sources[name] = RuleSource(name: name, file: reader.text(), bytes: Array(reader.part())) }
      let limits = Self.limits(&reader)
      let call = Self.callFrame(&reader)
      guard !reader.isShort, let source = sources[name], let lua = state() else { return false }
      if let known = loaded[name], known.version != source.version {
        lua.unload(known.reference)
        loaded[name] = nil
      }
      let reference: Int32
      if let known = loaded[name] {
        reference = known.reference
      } else {
        let (fresh, outcome) = lua.load(source, native: RuleLimits.load.native)
        guard outcome.status == Int32(SB_OK.rawValue) else { return reply(outcome) }
        reference = fresh
        loaded[name] = (source.version, fresh)
      }
      let outcome = call.with(frame) { lua.judge($0, project: project, reference: reference, native: limits) }
      return reply(outcome)
    }

    private mutating func load(_ reader: inout FrameReader) -> Bool {
      let source = RuleSource(name: reader.text(), file: reader.text(), bytes: Array(reader.part()))
      let limits = Self.limits(&reader)
      guard !reader.isShort, let lua = state() else { return false }
      let (reference, outcome) = lua.load(source, native: limits)
      if outcome.status == Int32(SB_OK.rawValue) { lua.unload(reference) }
      return reply(outcome)
    }

    private mutating func chunk(_ reader: inout FrameReader, _ frame: [UInt8]) -> Bool {
      let source = RuleSource(name: reader.text(), file: reader.text(), bytes: Array(reader.part()))
      let limits = Self.limits(&reader)
      let call = Self.callFrame(&reader)
      guard !reader.isShort, let lua = state() else { return false }
      return reply(call.with(frame) { lua.run(source, $0, native: limits) })
    }

    private mutating func reply(_ outcome: sb_outcome) -> Bool {
      writer.begin()
      writer.put(WorkerReply.answer.rawValue)
      writer.put(outcome.status)
      writer.put(outcome.line)
      writer.put(outcome.instructions)
      writer.put(outcome.peak_bytes)
      writer.put(outcome.cpu_nanoseconds)
      writer.put(outcome.log_dropped)
      writer.put(UnsafeRawBufferPointer(start: outcome.message, count: outcome.message_length))
      writer.put(UnsafeRawBufferPointer(start: outcome.result, count: outcome.result_length))
      writer.put(UnsafeRawBufferPointer(start: outcome.log, count: outcome.log_length))
      return writer.send(to: 0)
    }

    private mutating func reply(text: String) -> Bool {
      writer.begin()
      writer.put(WorkerReply.text.rawValue)
      writer.put(text)
      return writer.send(to: 0)
    }

    private static func limits(_ reader: inout FrameReader) -> sb_limits {
      sb_limits(
        instructions: reader.number(), memory_bytes: reader.number(), cpu_nanoseconds: reader.number(),
        table_slots: reader.number())
    }

    private struct CallPlace {
      var tape: Range<Int>
      var now: Int64
      var offset: Int32
      var seed: UInt64

      func with<Result>(_ frame: [UInt8], _ body: (RuleCallFrame) -> Result) -> Result {
        frame.withUnsafeBufferPointer { bytes in
          body(
            RuleCallFrame(
              tape: UnsafeBufferPointer(rebasing: bytes[tape]), nowMilliseconds: now, utcOffsetSeconds: offset,
              seed: seed))
        }
      }
    }

    private static func callFrame(_ reader: inout FrameReader) -> CallPlace {
      let now = reader.number(Int64.self), offset = reader.number(Int32.self), seed = reader.number(UInt64.self)
      return CallPlace(tape: reader.range(), now: now, offset: offset, seed: seed)
    }

    /// The worker has no file of time zones: the engine knows.
    private static func ask(_ zone: String, _ at: Timestamp) -> Int? {
      var writer = FrameWriter()
      writer.put(WorkerReply.zoneQuestion.rawValue)
      writer.put(zone)
      writer.put(at.milliseconds)
      guard writer.send(to: 0), let frame = FrameReader.receive(from: 0) else { return nil }
      var reader = FrameReader(frame)
      let isKnown = reader.number(UInt8.self) == 1
      let seconds = reader.number(Int32.self)
      return isKnown && !reader.isShort ? Int(seconds) : nil
    }

    private static func probe() -> String {
      var buffer = [CChar](repeating: 0, count: 1_024)
      buffer.withUnsafeMutableBufferPointer { switchboard_confinement_probe($0.baseAddress, $0.count) }
      return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// What a broken worker might do, for the tests of its keeper. Only the engine's end of the socket can ask for it.
  private enum Misdeed {
    static func perform(_ name: String) -> Bool {
      switch name {
      case "crash":
        // A null page: the signal comes from the processor, as with a fault in Lua itself.
        UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
      case "spin":
        while true { _ = switchboard_thread_cpu_ns() }
      case "hoard":
        var kept: [UnsafeMutableRawPointer] = []
        while let block = malloc(1 << 20) {
          memset(block, 1, 1 << 20)
          kept.append(block)
        }
        return kept.count > 4_096
      case "babble":
        var writer = FrameWriter()
        for _ in 0..<100 { writer.put(UInt64.max) }
        return writer.send(to: 0)
      default: return false
      }
      return true
    }
  }
}
