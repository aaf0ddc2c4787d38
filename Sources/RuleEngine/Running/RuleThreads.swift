//! The threads that Lua runs on, and the queue before them: projects take turns, and while there is more than one, none
//! may hold all threads, so that one project's slow rules do not stop another's.
internal import Glibc

/// Unchecked, because all mutable state is touched only with `mutex` held.
final class RuleThreads: @unchecked Sendable {
  typealias Job = @Sendable (RuleWorker) -> Void

  private struct Line {
    var jobs: [Job] = []
    var head = 0
    var running = 0
    var isEmpty: Bool { head == jobs.count }

    mutating func pop() -> Job {
      let job = jobs[head]
      head += 1
      if head == jobs.count {
        jobs.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 1_024 {
        jobs.removeFirst(head)
        head = 0
      }
      return job
    }
  }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var projects: [String] = []
  private var lines: [String: Line] = [:]
  private var turn = 0
  private var threadCount = 0
  private var isStopping = false
  private var stopped: [UnsafeContinuation<Void, Never>] = []

  private let zones: RuleZones?
  private let program: RuleWorkerProgram

  init(count: Int, zones: RuleZones? = nil, program: RuleWorkerProgram = .own) {
    self.zones = zones
    self.program = program
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    for _ in 0..<max(1, count) {
      withLock { threadCount += 1 }
      let isStarted = LuaThread.start { [self] in work() }
      if !isStarted { withLock { threadCount -= 1 } }
    }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// False when the threads have been stopped: the job will not run.
  func submit(project: String, _ job: @escaping Job) -> Bool {
    withLock {
      guard !isStopping, threadCount > 0 else { return false }
      if lines[project] == nil { projects.append(project) }
      lines[project, default: Line()].jobs.append(job)
      pthread_cond_signal(changed)
      return true
    }
  }

  /// Lets queued jobs finish; the threads end by themselves.
  func stop() {
    withLock {
      isStopping = true
      pthread_cond_broadcast(changed)
    }
  }

  func stopAndWait() async {
    stop()
    await withUnsafeContinuation { continuation in
      let isOver = withLock {
        if threadCount > 0 { stopped.append(continuation) }
        return threadCount == 0
      }
      if isOver { continuation.resume() }
    }
  }

  private func work() {
    let worker = RuleWorker(zones: zones, program: program)
    while let (project, job) = take() {
      job(worker)
      finish(project)
    }
    let waiting = withLock {
      threadCount -= 1
      guard threadCount == 0 else { return [UnsafeContinuation<Void, Never>]() }
      defer { stopped = [] }
      return stopped
    }
    for continuation in waiting { continuation.resume() }
  }

  private func take() -> (String, Job)? {
    withLock {
      while true {
        if let project = nextProject(), let job = lines[project]?.pop() {
          lines[project]?.running += 1
          return (project, job)
        }
        if isStopping, lines.values.allSatisfy(\.isEmpty) { return nil }
        pthread_cond_wait(changed, mutex)
      }
    }
  }

  private func nextProject() -> String? {
    let share = projects.count > 1 ? max(1, threadCount - 1) : threadCount
    for step in 0..<projects.count {
      let index = (turn + step) % projects.count
      guard let line = lines[projects[index]], !line.isEmpty, line.running < share else { continue }
      turn = index + 1
      return projects[index]
    }
    return nil
  }

  private func finish(_ project: String) {
    withLock {
      lines[project]?.running -= 1
      // Its share is free again: another thread may be asleep beside a waiting job.
      if lines[project]?.isEmpty == false || isStopping { pthread_cond_broadcast(changed) }
    }
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
