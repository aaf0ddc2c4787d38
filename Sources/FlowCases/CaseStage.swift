//! Carries out the steps of a case, on the thread that runs the engine's jobs.
import FlowLoading
import FlowModel
import JournalCore
import Simulation
import SwitchboardSDK

/// Not Sendable: used by the playing thread only, between two jobs.
final class CaseStage {
  private let world: CaseWorld
  private let executor: SeededExecutor
  private let jobsMax: Int
  /// Reads a file that the case names.
  private let neighbour: @Sendable (String) -> [UInt8]?
  private var jobs = 0
  /// Where the last `expect` within the play stood.
  private var window = CaseWindow()
  private(set) var failures: [CaseFailure] = []

  init(
    world: CaseWorld, executor: SeededExecutor, jobsMax: Int,
    neighbour: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
  ) {
    self.neighbour = neighbour
    self.world = world
    self.executor = executor
    self.jobsMax = jobsMax
  }

  var story: [String] { world.story.all }

  /// Begins a task and runs everything that is ready.
  func run(_ group: inout TaskGroup<Void>, _ work: @escaping @Sendable () async -> Void) {
    group.addTask(executorPreference: executor) { await work() }
    settle()
  }

  func perform(_ step: PlayStep, before next: PlayStep?, _ group: inout TaskGroup<Void>) {
    if let next, case .crash(let order) = next.body, order.point != .now, !isCrash(step) { world.crashes.arm(order) }
    switch step.body {
    case .come(let event): come(event, step.span, &group)
    case .advance(let milliseconds): advance(milliseconds)
    case .clock(let text):
      let world = world
      world.clock.set(to: text.moment(in: world.setting.house.zone))
      world.story.tell("clock", "set to \(world.clock.now())")
      settle()
    case .crash(let order): crash(order)
    case .restart: restart(step.span, &group)
    case .fault(let fault): world.channels.arm(fault)
    case .replay(let path): replay(path, step.span, &group)
    case .publish(let path): publish(path, step.span, &group)
    case .set(let values):
      world.set(values)
      settle()
    case .expect(let expectations):
      judge(expectations, window, &group)
      window = CaseWindow(deeds: world.channels.deeds.count, asked: world.rules.asked.count)
    }
    if jobs > jobsMax { fail(step.span, "the case does not come to rest: it goes round in a circle") }
  }

  /// What is expected of the whole play.
  func end(_ one: TestCase, _ group: inout TaskGroup<Void>) {
    if let order = world.crashes.armed { missedCrash(order, one.span) }
    judge(one.expectations, CaseWindow(), &group)
  }

  // MARK: Time

  private func settle() {
    while jobs <= jobsMax, executor.runOne() { jobs += 1 }
  }

  func advance(_ milliseconds: Int64) {
    let (target, overflow) = world.time.milliseconds.addingReportingOverflow(milliseconds)
    guard !overflow else { return }
    settle()
    while jobs <= jobsMax, let next = world.time.nextMoment, next <= target {
      _ = world.time.advance()
      settle()
    }
    world.time.leap(to: target)
  }

  // MARK: Verbs

  private func come(_ event: CaseEvent, _ span: SourceSpan, _ group: inout TaskGroup<Void>) {
    let world = world
    let impossible = Box<String>()
    run(&group) {
      do throws(CaseWorld.Impossible) { try await world.come(event) } catch { impossible.value = error.text }
    }
    if let text = impossible.value { fail(span, text) }
  }

  private func isCrash(_ step: PlayStep) -> Bool {
    switch step.body {
    case .crash, .restart, .expect: true
    default: false
    }
  }

  private func crash(_ order: CrashOrder) {
    guard order.point != .now else {
      world.crash(at: "now")
      return settle()
    }
    // Struck during the step before, or armed there and still to come.
    if !world.crashes.hasStruck, world.crashes.armed == nil { world.crashes.arm(order) }
  }

  private func restart(_ span: SourceSpan, _ group: inout TaskGroup<Void>) {
    let world = world
    if let order = world.crashes.armed { missedCrash(order, span) }
    world.crashes.disarm()
    if world.isUp {
      world.story.tell("stop", "in order")
      world.stopInOrder()
      settle()
      world.crash(at: "the stop took too long")
      settle()
    }
    world.story.tell("start", "")
    run(&group) { await world.serve() }
    run(&group) { await world.deliverAgain() }
  }

  private func missedCrash(_ order: CrashOrder, _ span: SourceSpan) {
    let what: String
    switch order.point {
    case .now: return
    case .beforeAccept, .afterAccept: what = "nothing came in"
    case .beforeSend, .afterSend: what = "nothing was sent"
    case .beforeCommit, .afterCommit: what = "no run was committed"
    }
    let which = order.number > 1 ? " number \(order.number)" : ""
    fail(span, "the crash '\(order.point.rawValue)'\(which) never came: \(what) to crash at")
  }

  private func publish(_ path: String, _ span: SourceSpan, _ group: inout TaskGroup<Void>) {
    let world = world
    guard let bytes = neighbour(path) else { return fail(span, "\(path): no such file beside the cases") }
    let loaded = FlowLoader.load(source: bytes, file: path, catalogue: world.setting.house.catalogue)
    guard let flow = loaded.content else {
      return fail(span, "\(path) is no flow", notes: loaded.diagnostics.map(\.text))
    }
    run(&group) { await world.publish(bytes, flow) }
  }

  private func replay(_ path: String, _ span: SourceSpan, _ group: inout TaskGroup<Void>) {
    let world = world
    guard let bytes = neighbour(path) else { return fail(span, "\(path): no such file beside the cases") }
    switch Recording.read(bytes) {
    case .failure(let problem): fail(span, "\(path):\(problem.line): \(problem.text)")
    case .success(let events):
      var last: Timestamp?
      for event in events {
        if let last { advance(max(0, event.at.millisecondsSince(last))) }
        last = event.at
        run(&group) { await world.come(recorded: event) }
      }
    }
  }

  private func judge(_ expectations: [Expectation], _ window: CaseWindow, _ group: inout TaskGroup<Void>) {
    let world = world
    let found = Box<[CaseFailure]>()
    run(&group) { found.value = await CaseJudge(world: world, window: window).failures(of: expectations) }
    failures += found.value ?? []
  }

  private func fail(_ span: SourceSpan, _ message: String, notes: [String] = []) {
    failures.append(CaseFailure(span, message, notes: notes))
  }
}

/// What a task leaves for the thread that runs it: written by a job, read when no job runs, hence unchecked.
final class Box<Content>: @unchecked Sendable {
  var value: Content?
}

/// From where on an expectation looks.
struct CaseWindow: Sendable {
  var deeds = 0
  var asked = 0
}
