//! The threads that messages are worked on, by turns between projects: a job of a quiet project waits for one job of
//! each loud one, not for all that they have ready. The pool of the language's runtime has one line for all.
internal import DequeModule
internal import Glibc

/// Unchecked, because all that changes is touched only with `mutex` held.
package final class TurnThreads: @unchecked Sendable {
  /// Enough for 200 nested C calls of Lua and our matcher's frames (`RuleEngine/LuaThread.swift`): quick rules are
  /// asked on these threads.
  private static let stackBytes = 2 << 20
  /// Jobs that a thread takes at once while only one project has any: fewer locks, and nobody else to wait for them.
  private static let jobsAtOnceMax = 8

  /// After so many calls of one project alone the others are forgotten.
  static let callsRemembered = 4_096

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let added = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Set on our threads, to tell them from others.
  private var mark = pthread_key_t()
  private var hasMark = false
  private var executors: [String: ProjectTurns] = [:]
  /// Those that have jobs, in the order of their turns.
  private var turns: Deque<ProjectTurns> = []
  /// Who asked last for its place here, how often anybody did, and up to which of these calls several count as at work.
  private var lastProject = ""
  private var calls = 0
  private var sharedUntil = 0
  private var waiting = 0
  private var asleep = 0
  private var threadCount = 0
  private var isStopped = false

  /// Starts the threads; if the system has none left, jobs run on the runtime's own.
  package init(count: Int) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(added, nil)
    hasMark = pthread_key_create(&mark, nil) == 0
    for _ in 0..<max(1, count) where start() { withLock { threadCount += 1 } }
    withLock { isStopped = threadCount == 0 }
  }

  // The threads hold it: it goes when the last of them has ended.
  deinit {
    if hasMark { pthread_key_delete(mark) }
    pthread_cond_destroy(added)
    pthread_mutex_destroy(mutex)
    added.deallocate()
    mutex.deallocate()
  }

  /// What tasks of this project prefer to run on. The same at each call.
  package func executor(of project: String) -> ProjectTurns {
    withLock {
      if let known = executors[project] { return known }
      let executor = ProjectTurns(threads: self)
      executors[project] = executor
      return executor
    }
  }

  /// The same while several projects are at work, and nil while one is alone: it has nobody to take turns with, and the
  /// runtime's own pool costs less.
  package func executorIfShared(by project: String) -> ProjectTurns? {
    let isShared = withLock {
      calls += 1
      if project != lastProject {
        if !lastProject.isEmpty { sharedUntil = calls + Self.callsRemembered }
        lastProject = project
      }
      return calls < sharedUntil
    }
    return isShared ? executor(of: project) : nil
  }

  /// Whether the caller is on one of our threads, which have the stack that Lua needs.
  package var isOnOwnThread: Bool { hasMark && pthread_getspecific(mark) != nil }

  /// Lets go of the threads; what is ready or comes later runs on the runtime's own.
  package func stop() {
    let left = withLock {
      isStopped = true
      pthread_cond_broadcast(added)
      var left: [UnownedJob] = []
      for executor in turns { executor.takeJobs(max: .max, into: &left) }
      (turns, executors) = ([], [:])
      return left
    }
    for job in left { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
  }

  fileprivate func add(_ job: UnownedJob, to executor: ProjectTurns) {
    pthread_mutex_lock(mutex)
    let isTaken = !isStopped
    var wakes = false
    if isTaken {
      if executor.add(job) { turns.append(executor) }
      waiting += 1
      wakes = asleep > 0
      if wakes { asleep -= 1 }
    }
    pthread_mutex_unlock(mutex)
    // Outside the lock: waking is a system call, and everybody comes by here.
    if wakes { pthread_cond_signal(added) }
    if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
  }

  private func work() {
    if hasMark { pthread_setspecific(mark, UnsafeRawPointer(mutex)) }
    var jobs: [UnownedJob] = []
    while let executor = take(&jobs) {
      let identity = executor.asUnownedTaskExecutor()
      for job in jobs { job.runSynchronously(on: identity) }
    }
  }

  /// Waits for the next turn and its jobs; nil once there will be none.
  private func take(_ jobs: inout [UnownedJob]) -> ProjectTurns? {
    jobs.removeAll(keepingCapacity: true)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let executor = turns.popFirst() {
        let share = turns.isEmpty ? min(max(waiting / max(threadCount, 1), 1), Self.jobsAtOnceMax) : 1
        executor.takeJobs(max: share, into: &jobs)
        waiting -= jobs.count
        if executor.hasJobs { turns.append(executor) }
        return executor
      }
      guard !isStopped else { return nil }
      // Whoever wakes a thread counts it as awake at once.
      asleep += 1
      pthread_cond_wait(added, mutex)
    }
  }

  private func start() -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let me = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<TurnThreads>.fromOpaque(context).takeRetainedValue().work()
        return nil
      }, me.toOpaque())
    if status != 0 { me.release() }
    return status == 0
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}

/// One project's line before the threads. Unchecked: its jobs are touched with the threads' mutex held.
package final class ProjectTurns: TaskExecutor, @unchecked Sendable {
  private let threads: TurnThreads
  private var jobs: Deque<UnownedJob> = []

  fileprivate init(threads: TurnThreads) { self.threads = threads }

  package func enqueue(_ job: consuming ExecutorJob) { threads.add(UnownedJob(job), to: self) }

  fileprivate var hasJobs: Bool { !jobs.isEmpty }

  /// True when there was none before.
  fileprivate func add(_ job: UnownedJob) -> Bool {
    jobs.append(job)
    return jobs.count == 1
  }

  fileprivate func takeJobs(max count: Int, into taken: inout [UnownedJob]) {
    for _ in 0..<min(count, jobs.count) {
      if let job = jobs.popFirst() { taken.append(job) }
    }
  }
}
