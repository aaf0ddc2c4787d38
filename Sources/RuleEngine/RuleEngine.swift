//! Asks rules. Lua runs on threads of its own, one state per project and thread, under budgets that no rule escapes.
package import FlowModel
internal import Synchronization

package final class RuleEngine: Sendable {
  private struct RuleKey: Hashable {
    var project: String
    var rule: String
  }

  /// How a rule has fared lately.
  private struct Standing {
    var breaker = RuleBreaker()
    var pace = RulePace()
  }

  private let threads: RuleThreads
  private let limits: RuleLimits
  private let books = Mutex<[String: RuleBook]>([:])
  private let standings = Mutex<[RuleKey: Standing]>([:])
  private let guests = GuestWorkers()
  private let monotonicMilliseconds: @Sendable () -> Int64
  private let isOnRoomyThread: @Sendable () -> Bool
  private let onPrint: (@Sendable (RuleLog) -> Void)?

  /// `monotonicMilliseconds` times the breakers; `isOnRoomyThread` tells whether the caller's thread has the stack for
  /// Lua (2 MiB): rules that are known to be quick are asked there, without a way to another thread and back; `onPrint`
  /// gets what rules print, on the thread where they ran.
  package init(
    threadCount: Int, limits: RuleLimits = .call, monotonicMilliseconds: @escaping @Sendable () -> Int64,
    isOnRoomyThread: @escaping @Sendable () -> Bool = { false }, onPrint: (@Sendable (RuleLog) -> Void)? = nil
  ) {
    threads = RuleThreads(count: threadCount)
    self.limits = limits
    self.monotonicMilliseconds = monotonicMilliseconds
    self.isOnRoomyThread = isOnRoomyThread
    self.onPrint = onPrint
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
    let (isAdmitted, isQuick) = standings.withLock { standings in
      let isAdmitted = standings[key, default: Standing()].breaker.admits(version: source.version, nowMilliseconds: now)
      return (isAdmitted, standings[key]?.pace.isQuick(version: source.version) ?? false)
    }
    guard isAdmitted else {
      throw RuleFailure(
        code: .breakerOpen, rule: call.rule,
        detail: "failed \(RuleBreaker.failuresMax) times in a row; tried again in 30 s or when its file changes")
    }
    let verdict = isQuick && isOnRoomyThread() ? guests.judge(call, source, limits) : await run(call, source)
    let isSuccess = if case .success = verdict.outcome { true } else { false }
    let end = monotonicMilliseconds()
    standings.withLock {
      $0[key]?.breaker.record(isSuccess: isSuccess, version: source.version, nowMilliseconds: end)
      $0[key]?.pace.record(verdict.spentNanoseconds, version: source.version)
    }
    let (decision, log) = try verdict.outcome.get()
    if let log { onPrint?(log) }
    return decision
  }

  /// Lets calls in hand finish, then ends the threads. Later calls fail.
  package func shutdown() async { await threads.stopAndWait() }

  /// All that is wrong with a rule file, for `switchboard check`. Runs the file, on a thread of its own.
  package static func check(file: String, source: [UInt8]) -> [RuleProblem] {
    RuleCheck.problems(in: RuleSource(name: file, file: file, bytes: source))
  }

  private func run(_ call: RuleCall, _ source: RuleSource) async -> RuleVerdict {
    await withUnsafeContinuation { continuation in
      let isSubmitted = threads.submit(project: call.project) { [limits] worker in
        continuation.resume(returning: worker.verdict(call, source, limits: limits))
      }
      if !isSubmitted {
        let failure = RuleFailure(code: .failed, rule: call.rule, detail: "the rule engine has been stopped")
        continuation.resume(returning: RuleVerdict(outcome: .failure(failure), spentNanoseconds: 0))
      }
    }
  }
}
