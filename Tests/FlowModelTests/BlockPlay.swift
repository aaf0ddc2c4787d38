import FlowModel
import SwitchboardSDK

/// Plays a run through whatever blocks it has, on a clock of its own: answers calls as planned, lets time pass when all
/// that is left are waits, and can lose everything but the stored state at any point.
struct BlockPlay {
  enum Answer: Sendable {
    case sent
    case fails(ActionError.Code)
    /// Nothing comes until the call's time is over.
    case silent
  }
  typealias Channel = (_ text: String, _ time: Int) -> Answer

  var state = RunState()
  private(set) var context: RunContext
  private let machine: RunMachine
  private let program: Program
  private let channel: Channel
  /// Texts of the calls that reached the channel, in their order.
  private(set) var sent: [String] = []
  /// Ledger numbers that were used, with what went out under them.
  private(set) var ledger: [Int: String] = [:]
  /// Of the project.
  private(set) var values: [String: StoredState] = [:]
  private(set) var outcome: String?
  private(set) var outputs = 0
  /// Largest number of calls under way at one time.
  private(set) var callsAtOnce = 0
  private var tries: [String: Int] = [:]
  private var pending: [RunMachine.Advance] = []
  private let start = Timestamp(seconds: 2_000)

  init(
    _ steps: [Step], vars: [String: Value] = [:], callees: [Flow] = [], onError: ErrorPolicy = BlockPlay.patient,
    channel: @escaping Channel = { _, _ in .sent }
  ) {
    let flow = Self.flow(
      "desk", steps, vars: vars, onError: onError,
      callees: Dictionary(callees.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
    program = Program(flow)
    machine = RunMachine(program: program)
    self.channel = channel
    context = MachinePlay(steps: []).context
    context.now = start
  }

  static let patient = ErrorPolicy(
    retry: RetryPolicy(times: 2, firstMilliseconds: 1_000, maxMilliseconds: 60_000, hasJitter: false), last: .park)

  static func flow(
    _ name: String, _ steps: [Step], vars: [String: Value] = [:], onError: ErrorPolicy = BlockPlay.patient,
    result: Expression? = nil, callees: [String: Flow] = [:]
  ) -> Flow {
    Flow(
      name: name, project: "shop", file: "\(name).yaml", version: "v1", vars: vars, triggers: [], lane: .conversation,
      deduplication: Deduplication(key: nil, keepMilliseconds: 1), steps: steps, onError: onError, running: .pin,
      result: result, callees: callees)
  }

  /// Milliseconds that have passed.
  var elapsed: Int64 { context.now.millisecondsSince(start) }

  // MARK: Playing

  /// To the end. `crashes`: outputs after which all but the stored state is lost.
  mutating func play(crashingAfter crashes: (Int) -> Bool = { _ in false }) {
    begin(.start)
    while outcome == nil {
      if crashes(outputs) { crash() }
      if outcome == nil { turn() }
    }
  }

  private mutating func begin(_ input: RunMachine.Input) {
    take(RunMachine.Advance(branch: [], output: machine.advance(&state, on: input, in: &context)))
  }

  private mutating func take(_ next: RunMachine.Advance) {
    outputs += 1
    if outputs > 20_000 { outcome = "the play has no end" }
    switch next.output {
    case .rest: return
    case .fork(let paths):
      for path in paths { take(machine.advance(&state, on: .again, of: path, in: &context)) }
    case .finish(let outcome, _): self.outcome = outcome
    case .park(let reason): outcome = "parked: \(reason)"
    case .wait(let moment, _):
      state.setWakeAt(moment, of: next.branch)
      pending.append(next)
    case .perform(let call):
      ledger[call.sequence] = call.action.message?.text ?? ""
      pending.append(next)
    case .judge, .keep: pending.append(next)
    }
    callsAtOnce = max(callsAtOnce, pending.count { if case .perform = $0.output { true } else { false } })
  }

  /// The oldest call is answered; when there are only waits, the next one ends.
  private mutating func turn() {
    guard !pending.isEmpty else { return outcome = "nothing is left to do" }
    let index = pending.firstIndex { if case .wait = $0.output { false } else { !isSilent($0) } } ?? nextToEnd()
    let next = pending.remove(at: index)
    let input: RunMachine.Input
    switch next.output {
    case .perform(let call): input = answer(to: call)
    case .keep(let request): input = .kept(keep(request))
    case .judge: input = .verdict(.success(RuleDecision(action: "pass", version: "v")))
    case .wait(let moment, _):
      context.now = max(context.now, moment)
      input = .again
    default: input = .again
    }
    take(machine.advance(&state, on: input, of: next.branch, in: &context))
  }

  private mutating func keep(_ request: StateRequest) -> Result<Value, Fault> {
    var stored = values[request.key] ?? StoredState()
    switch request.applied(to: stored, at: context.now) {
    case .failure(let fault): return .failure(fault)
    case .success((let result, let change)):
      if let change {
        stored = StoredState(value: change.value, expiresAt: change.expiresAt, revision: change.followsRevision + 1)
        values[request.key] = stored
      }
      return .success(result)
    }
  }

  private func isSilent(_ next: RunMachine.Advance) -> Bool {
    guard case .perform(let call) = next.output else { return false }
    if case .silent = plan(call) { return true }
    return false
  }

  private func plan(_ call: OutgoingCall) -> Answer {
    let text = call.action.message?.text ?? ""
    return channel(text, tries[text, default: 0])
  }

  private func end(of next: RunMachine.Advance) -> Timestamp {
    switch next.output {
    case .wait(let moment, _): moment
    case .perform(let call): context.now.adding(milliseconds: call.timeoutMilliseconds ?? 3_600_000)
    default: context.now
    }
  }

  private func nextToEnd() -> Int {
    pending.indices.min { end(of: pending[$0]) < end(of: pending[$1]) } ?? 0
  }

  private mutating func answer(to call: OutgoingCall) -> RunMachine.Input {
    let text = call.action.message?.text ?? ""
    let answer = plan(call)
    tries[text, default: 0] += 1
    switch answer {
    case .sent:
      sent.append(text)
      return .delivered(ActionResult(remoteIDs: ["m-\(text)"]))
    case .fails(let code): return .failed(ActionError(code, "planned"))
    case .silent:
      context.now = context.now.adding(milliseconds: call.timeoutMilliseconds ?? 3_600_000)
      return .failed(ActionError(.transient, "no answer"))
    }
  }

  /// What the engine does at a start: the stored state, and a question for every thread.
  mutating func crash() {
    let rootWait: Timestamp? = pending.lazy.compactMap { next in
      if next.branch.isEmpty, case .wait(let moment, _) = next.output { moment } else { nil }
    }.first
    guard let stored = RunState(encoded: state.encoded) else { return outcome = "the state cannot be read" }
    if stored != state { outcome = "the state reads as another: \(stored) is not \(state)" }
    state = stored
    pending = []
    if let rootWait { return pending.append(.init(branch: [], output: .wait(until: rootWait, reason: ""))) }
    guard !state.liveBranches.isEmpty else { return begin(.again) }
    for path in state.liveBranches {
      if let moment = state.wakeAt(of: path), moment > context.now {
        pending.append(.init(branch: path, output: .wait(until: moment, reason: "")))
      } else {
        take(machine.advance(&state, on: .again, of: path, in: &context))
      }
    }
  }

  /// A person tries a parked or dead run again.
  mutating func retry() {
    outcome = nil
    state.countAnew(at: context.now, in: program)
    begin(.again)
    while outcome == nil { turn() }
  }
}

// MARK: Steps

extension Step {
  static func make(
    _ id: String, _ body: StepBody, when condition: Expression? = nil, onError: ErrorPolicy? = nil,
    timeout: Int64? = nil
  ) -> Step {
    Step(
      id: id, isNamed: true, place: SourcePlace(file: "f.yaml", line: 1, column: 1), condition: condition,
      onError: onError, timeoutMilliseconds: timeout, body: body)
  }

  /// Sends a text with holes.
  static func say(_ id: String, _ text: String, onError: ErrorPolicy? = nil, timeout: Int64? = nil) -> Step {
    let parsed = try? TemplateParser.parse(text).0
    let template = parsed ?? Template(literal: text)
    let outgoing = Outgoing(text: .template(template))
    return make(
      id, .send(Send(target: .chat(connection: "desk", chat: Template(literal: "-100")), outgoing: outgoing)),
      onError: onError, timeout: timeout)
  }

  static func fails(_ id: String, _ text: String = "no", code: String = "failed") -> Step {
    make(id, .fail(Failing(code: code, text: .template(Template(literal: text)))))
  }

  static func set(_ id: String, _ variable: String, _ expression: String) -> Step {
    make(id, .set([Assignment(path: ["vars", variable], value: .parsed(expression))]))
  }

  static func each(
    _ id: String, _ list: String, as name: String = "item", result: String? = nil, onError: ErrorPolicy? = nil,
    timeout: Int64? = nil, _ steps: [Step]
  ) -> Step {
    make(
      id, .each(Each(list: .parsed(list), name: name, steps: steps, result: result.map { .parsed($0) })),
      onError: onError, timeout: timeout)
  }

  static func parallel(_ id: String, timeout: Int64? = nil, _ branches: [[Step]]) -> Step {
    make(
      id, .parallel(branches.enumerated().map { ParallelBranch(name: "b\($0.offset)", steps: $0.element) }),
      timeout: timeout)
  }

  static func calling(_ id: String, _ flow: String, _ arguments: [String: String] = [:]) -> Step {
    make(id, .flow(FlowCall(name: flow, arguments: arguments.mapValues { .parsed($0) })))
  }
}

extension Expression {
  static func parsed(_ text: String) -> Expression { (try? ExpressionParser.parse(text).expression) ?? .literal(.null) }
}

extension ErrorPolicy {
  static let skipAtOnce = ErrorPolicy(
    retry: RetryPolicy(times: 0, firstMilliseconds: 1, maxMilliseconds: 1, hasJitter: false), last: .skip)
  static func retrying(_ times: Int, then last: Last) -> ErrorPolicy {
    ErrorPolicy(
      retry: RetryPolicy(times: times, firstMilliseconds: 1_000, maxMilliseconds: 10_000, hasJitter: false), last: last)
  }
}
