//! Stands for the Bot API in benchmarks: one thread, no framework. It checks token, method, chat and text of each
//! call, answers with a whole Message under an id of its own, and keeps account of what arrived. It is no proof of
//! correctness (the strict emulator is); it is the cheap end that lets a figure be about the engine.
import Glibc
import Synchronization

final class ChannelStub: Sendable {
  struct Settings: Sendable {
    var tokens: [String]
    /// The forum group that messages are to arrive in.
    var group: Int64
    /// From the call to its answer.
    var roundTripMilliseconds: Int64 = 0
    /// Messages of this remainder by `dialogs` are never answered: their lanes are stuck.
    var stuckDialog: Int?
    var dialogs = 1
  }

  let port: UInt16
  private let listener: Int32
  private let settings: Settings
  private let account = Mutex(DeliveryAccount())
  private let mustStop = Atomic<Bool>(false)
  private let processorMicroseconds = Atomic<Int64>(0)

  /// Nil when the system has no port or descriptor left.
  init?(_ settings: Settings) {
    guard let free = LoopbackPort.free(), let listener = LoopbackSocket.listening(port: UInt16(clamping: free)) else {
      return nil
    }
    self.port = UInt16(clamping: free)
    self.listener = listener
    self.settings = settings
  }

  deinit { close(listener) }

  var baseURL: String { "http://127.0.0.1:\(port)" }
  /// Of the serving thread so far.
  var processorSeconds: Double { Double(processorMicroseconds.load(ordering: .relaxed)) / 1e6 }
  var deliveredCount: Int { account.withLock { $0.delivered } }
  var firstArrivalAt: Int64 { account.withLock { $0.firstAt } }

  /// What has arrived since the last call; begins a new account.
  func takeAccount() -> DeliveryAccount {
    account.withLock { account in
      let taken = account
      account = DeliveryAccount()
      return taken
    }
  }

  func stop() { mustStop.store(true, ordering: .relaxed) }

  /// Serves until told to stop. Blocks its thread.
  func serve() {
    guard let epoll = Epoll() else { return }
    epoll.add(listener, tag: 0)
    var wires: [UInt32: StubWire] = [:]
    var lastTag: UInt32 = 0
    var later = LaterAnswers(delayNanoseconds: settings.roundTripMilliseconds * 1_000_000)
    var held = LaterAnswers(delayNanoseconds: Self.pollNanoseconds)
    var calls = StubCalls(settings)
    while !mustStop.load(ordering: .relaxed) {
      let now = BenchThread.now()
      let next = min(later.nextDue ?? .max, held.nextDue ?? .max, now + 50_000_000)
      epoll.wait(nanoseconds: max(next - now, 0)) { tag in
        if tag == 0 {
          guard let descriptor = LoopbackSocket.accepted(from: listener) else { return }
          lastTag += 1
          wires[lastTag] = StubWire(descriptor: descriptor)
          epoll.add(descriptor, tag: lastTag)
          return
        }
        guard let wire = wires[tag] else { return }
        guard wire.received.receive(from: wire.descriptor) else {
          wires[tag] = nil
          return
        }
        wire.received.takeMessages { request in
          let now = BenchThread.now()
          let call = calls.answer(request, at: now)
          if let arrival = call.arrival { account.withLock { $0.note(arrival) } }
          switch call.when {
          case .never: break
          case .held: held.add(call.answer, to: tag, at: now)
          case .usual where later.delayNanoseconds > 0: later.add(call.answer, to: tag, at: now)
          case .usual: _ = HTTPBytes.send(call.answer, to: wire.descriptor)
          }
        }
      }
      let reached = BenchThread.now()
      later.takeDue(at: reached) { tag, answer in if let wire = wires[tag] { wire.send(answer) } }
      held.takeDue(at: reached) { tag, answer in if let wire = wires[tag] { wire.send(answer) } }
      let spent = Int64(exactly: (BenchThread.processorSeconds() * 1e6).rounded()) ?? 0
      processorMicroseconds.store(spent, ordering: .relaxed)
    }
  }

  /// How long `getUpdates` is held open.
  private static let pollNanoseconds: Int64 = 20_000_000_000
}

/// One connection of the engine's.
private final class StubWire {
  let descriptor: Int32
  var received = HTTPBytes()

  init(descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  func send(_ answer: [UInt8]) { _ = HTTPBytes.send(answer, to: descriptor) }
}

/// Answers that leave in the order of the calls, each after the same delay.
private struct LaterAnswers {
  let delayNanoseconds: Int64
  private var queue: [(dueAt: Int64, tag: UInt32, answer: [UInt8])] = []
  private var head = 0

  init(delayNanoseconds: Int64) { self.delayNanoseconds = delayNanoseconds }

  var nextDue: Int64? { head < queue.count ? queue[head].dueAt : nil }

  mutating func add(_ answer: [UInt8], to tag: UInt32, at now: Int64) {
    queue.append((now + delayNanoseconds, tag, answer))
  }

  mutating func takeDue(at now: Int64, _ body: (UInt32, [UInt8]) -> Void) {
    while head < queue.count, queue[head].dueAt <= now {
      body(queue[head].tag, queue[head].answer)
      head += 1
    }
    if head > 4_096 {
      queue.removeFirst(head)
      head = 0
    }
  }
}
