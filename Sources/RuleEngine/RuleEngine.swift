//! Asks rules. Lua runs on threads of its own, one state per project and thread, under budgets that no rule escapes.
package import FlowModel
internal import Synchronization

package final class RuleEngine: Sendable {
  private struct RuleKey: Hashable {
    var project: String
    var rule: String
  }

  /// What is known of a rule that serves or has served.
  private struct RuleRecord {
    var breaker = RuleBreaker()
    var pace = RulePace()
    var statistic = RuleStatistic()
    var slowToldAt: Int64?
  }

  private let threads: RuleThreads
  private let isolation: [String: RuleIsolation]
  private let worker: RuleWorkerProgram
  private let limits: RuleLimits
  private let books = Mutex<[String: RuleBook]>([:])
  private let records = Mutex<[RuleKey: RuleRecord]>([:])
  private let guests: GuestWorkers
  private let monotonicMilliseconds: @Sendable () -> Int64
  private let isOnRoomyThread: @Sendable () -> Bool
  private let onPrint: (@Sendable (RuleLog) -> Void)?
  private let onSlow: (@Sendable (RuleSlowness) -> Void)?

  /// - Parameters:
  ///   - monotonicMilliseconds: times the breakers.
  ///   - isOnRoomyThread: tells whether the caller's thread has the stack for Lua (2 MiB): rules that are known to be
  ///     quick are asked there, without a way to another thread and back.
  ///   - isolation: of projects whose rules, all or some, run in processes of their own.
  ///   - worker: the program that these processes run.
  ///   - zones: answers `time.at` and `time.parse`; without it only the project's offset at `ctx.now` is known.
  ///   - onPrint: gets what rules print, on the thread where they ran.
  ///   - onSlow: is told of calls over a quarter of the time budget, at most one a minute and rule.
  package init(
    threadCount: Int, limits: RuleLimits = .call, monotonicMilliseconds: @escaping @Sendable () -> Int64,
    isOnRoomyThread: @escaping @Sendable () -> Bool = { false }, isolation: [String: RuleIsolation] = [:],
    worker: RuleWorkerProgram = .own, zones: RuleZones? = nil, onPrint: (@Sendable (RuleLog) -> Void)? = nil,
    onSlow: (@Sendable (RuleSlowness) -> Void)? = nil
  ) {
    threads = RuleThreads(count: threadCount, zones: zones, program: worker)
    guests = GuestWorkers(zones: zones)
    self.isolation = isolation
    self.worker = worker
    self.limits = limits
    self.monotonicMilliseconds = monotonicMilliseconds
    self.isOnRoomyThread = isOnRoomyThread
    self.onPrint = onPrint
    self.onSlow = onSlow
  }

  deinit { threads.stop() }

  /// Reads all rules of a project; repeated, it reads them again. Problems are those of files that give no rule.
  @discardableResult
  package func load(project: String, directory: String) -> [RuleProblem] {
    var book = books.withLock { $0[project] } ?? RuleBook(project: project, directory: directory)
    if book.directory != directory { book = RuleBook(project: project, directory: directory) }
    let reports = book.reload(all: true)
    books.withLock { $0[project] = book }
    return reports.flatMap { report -> [RuleProblem] in
      guard case .kept(_, let problems) = report.outcome else { return [] }
      return problems
    }
  }

  /// Reads files that changed since the last look. Costs one `stat` a file when nothing did.
  package func reloadIfChanged() -> [RuleReloadReport] {
    var reports: [RuleReloadReport] = []
    for (project, book) in books.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      var book = book
      let changes = book.reload()
      guard !changes.isEmpty else {
        // A file whose time changed but not its content is remembered too.
        books.withLock { $0[project] = book }
        continue
      }
      books.withLock { $0[project] = book }
      reports += changes
    }
    return reports
  }

  /// Puts a project's rules in force, all at once; what it had before serves no more. To be checked with `refusal`
  /// before.
  package func serve(project: String, directory: String, _ sources: [RuleSource]) {
    books.withLock { books in
      var book = RuleBook(project: project, directory: directory)
      book.serve(sources)
      books[project] = book
    }
  }

  /// Why a source gives no rule; nil when it does. Runs the file, on a thread of its own.
  package static func refusal(of source: RuleSource) -> RuleProblem? { RuleCheck.refusal(of: source) }

  /// The same where the project's rules run: what is distrusted is not loaded in this process either.
  package func refusal(of source: RuleSource, project: String) -> RuleProblem? {
    guard isolation[project]?.isProcess(source.name) == true else { return Self.refusal(of: source) }
    return RuleCheck.refusal(of: source, in: worker)
  }

  /// Versions that serve now, by rule name.
  package func versions(project: String) -> [String: String] {
    books.withLock { $0[project]?.serving.mapValues(\.version) ?? [:] }
  }

  /// Asks the rule. A failure counts against its breaker; `missing` and `breakerOpen` never reach Lua.
  package func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    guard let source = books.withLock({ $0[call.project]?.serving[call.rule] }) else {
      throw RuleFailure(code: .missing, rule: call.rule, detail: "project '\(call.project)' has no rule '\(call.rule)'")
    }
    let key = RuleKey(project: call.project, rule: call.rule)
    let now = monotonicMilliseconds()
    let (isAdmitted, isQuick) = records.withLock { records in
      var record = records[key, default: RuleRecord()]
      defer { records[key] = record }
      let isAdmitted = record.breaker.admits(version: source.version, nowMilliseconds: now)
      if !isAdmitted { record.statistic.failures[.breakerOpen, default: 0] += 1 }
      return (isAdmitted, record.pace.isQuick(version: source.version))
    }
    guard isAdmitted else {
      throw RuleFailure(
        code: .breakerOpen, rule: call.rule,
        detail: "failed \(RuleBreaker.failuresMax) times in a row; tried again in 30 s or when its file changes")
    }
    let isApart = isolation[call.project]?.isProcess(call.rule) ?? false
    let judgement =
      isQuick && !isApart && isOnRoomyThread()
      ? guests.judge(call, source, limits) : await run(call, source, isApart: isApart)
    if let log = judgement.log { onPrint?(log) }
    record(judgement, of: key, version: source.version)
    return try judgement.result.get()
  }

  private func record(_ judgement: RuleJudgement, of key: RuleKey, version: String) {
    let now = monotonicMilliseconds()
    let isSuccess = if case .success = judgement.result { true } else { false }
    let slowness = records.withLock { records -> RuleSlowness? in
      var record = records[key, default: RuleRecord()]
      defer { records[key] = record }
      let hasOpened = record.breaker.record(isSuccess: isSuccess, version: version, nowMilliseconds: now)
      record.pace.record(judgement.cost.cpuNanoseconds, version: version)
      record.statistic.record(judgement)
      if hasOpened { record.statistic.breakerOpenings += 1 }
      let isQuiet = record.slowToldAt.map { now &- $0 < RuleSlowness.quietMilliseconds } ?? false
      guard judgement.cost.cpuNanoseconds >= RuleSlowness.cpuNanoseconds, !isQuiet else { return nil }
      record.slowToldAt = now
      return RuleSlowness(
        project: key.project, rule: key.rule, version: version, cost: judgement.cost,
        slowCalls: record.statistic.slowCalls)
    }
    if let slowness { onSlow?(slowness) }
  }

  /// How the rules fare that serve now and have been asked, by project and name.
  package var conditions: [RuleCondition] {
    let serving = books.withLock { books in books.mapValues { Set($0.serving.keys) } }
    let now = monotonicMilliseconds()
    return records.withLock { $0 }
      .filter { serving[$0.key.project]?.contains($0.key.rule) ?? false }
      .map {
        RuleCondition(
          project: $0.key.project, rule: $0.key.rule, statistic: $0.value.statistic,
          breaker: $0.value.breaker.state(nowMilliseconds: now), failuresInRow: $0.value.breaker.failures)
      }
      .sorted { ($0.project, $0.rule) < ($1.project, $1.rule) }
  }

  /// Lets calls in hand finish, then ends the threads. Later calls fail.
  package func shutdown() async { await threads.stopAndWait() }

  /// All that is wrong with a rule file, for `switchboard check`. Runs the file, on a thread of its own.
  package static func check(file: String, source: [UInt8]) -> [RuleProblem] {
    RuleCheck.problems(in: RuleSource(name: file, file: file, bytes: source))
  }

  private func run(_ call: RuleCall, _ source: RuleSource, isApart: Bool) async -> RuleJudgement {
    await withUnsafeContinuation { continuation in
      let isSubmitted = threads.submit(project: call.project) { [limits] worker in
        continuation.resume(
          returning: isApart
            ? worker.judgeApart(call, source, limits: limits) : worker.judge(call, source, limits: limits))
      }
      if !isSubmitted {
        let failure = RuleFailure(code: .failed, rule: call.rule, detail: "the rule engine has been stopped")
        continuation.resume(returning: .failed(failure))
      }
    }
  }
}
