//! Blocks and branches in a run's state: which thread is in focus, whose variables it sees, what its deadlines are.
package import SwitchboardSDK

extension RunState {
  /// Steps that stand in no block need none of what follows.
  var isNested: Bool { !strand.frames.isEmpty || !outer.isEmpty }

  var isInEach: Bool {
    func holdsEach(_ frames: [Frame]) -> Bool {
      frames.contains { if case .each = $0.content { true } else { false } }
    }
    return holdsEach(strand.frames) || outer.contains { holdsEach($0.strand.frames) }
  }

  /// Of the thread in focus.
  var path: BranchPath { outer.map(\.branch) }

  // MARK: Focus

  /// Puts a branch in focus. False when there is no such branch, or when it is over; then nothing has changed.
  mutating func focus(on path: BranchPath) -> Bool {
    for branch in path {
      guard focus(onBranch: branch) else {
        focusOut()
        return false
      }
    }
    return true
  }

  private mutating func focus(onBranch index: Int) -> Bool {
    guard let last = strand.frames.indices.last, case .parallel(var branches) = strand.frames[last].content,
      branches.indices.contains(index), branches[index].end == nil
    else { return false }
    let inner = branches[index].strand
    branches[index].strand = Strand()
    branches[index].wakeAt = nil
    strand.frames[last].content = .parallel(branches)
    outer.append(OuterStrand(strand: strand, branch: index))
    strand = inner
    return true
  }

  /// One level out; the branch that was in focus has come to this end, or goes on.
  mutating func unfocus(_ end: BranchEnd? = nil) {
    guard let around = outer.popLast() else { return }
    let inner = strand
    strand = around.strand
    guard let last = strand.frames.indices.last, case .parallel(var branches) = strand.frames[last].content else {
      return
    }
    strand.frames[last].content = .plain  // gives the list up, so that it is changed in its place
    branches[around.branch].strand = inner
    branches[around.branch].end = end
    strand.frames[last].content = .parallel(branches)
  }

  mutating func focusOut() {
    while !outer.isEmpty { unfocus() }
  }

  // MARK: Branches

  /// The innermost branches that go on; empty outside of `parallel`.
  package var liveBranches: [BranchPath] { strand.liveBranches }

  package func strand(at path: BranchPath) -> Strand? {
    var strand = strand
    for index in path {
      guard let branch = strand.branches?[index: index] else { return nil }
      strand = branch.strand
    }
    return strand
  }

  package func wakeAt(of path: BranchPath) -> Timestamp? { branch(at: path)?.wakeAt }

  package mutating func setWakeAt(_ moment: Timestamp?, of path: BranchPath) {
    strand.changeBranch(at: path[...]) { $0.wakeAt = moment }
  }

  /// Changes the call under way of a branch, or of the run itself.
  package mutating func changeCall(of path: BranchPath, _ change: (inout CallProgress) -> Void) {
    if path.isEmpty {
      guard var call = strand.call else { return }
      change(&call)
      strand.call = call
    } else {
      strand.changeBranch(at: path[...]) { branch in
        if var call = branch.strand.call {
          change(&call)
          branch.strand.call = call
        }
      }
    }
  }

  private func branch(at path: BranchPath) -> RunBranch? {
    guard let last = path.last else { return nil }
    return strand(at: Array(path.dropLast()))?.branches?[index: last]
  }

  /// A person wants another try: with all the tries, and all the time, that a new run has. Branches that were parked
  /// or given up go on.
  package mutating func countAnew(at now: Timestamp, in program: Program) {
    strand.countAnew(at: now, in: program)
  }

  /// The clock was set back by so much since the state was stored: what is waited for is as long as it was meant to be.
  package mutating func shiftClocks(byMilliseconds milliseconds: Int64) {
    strand.shiftClocks(byMilliseconds: milliseconds)
  }

  // MARK: Scope

  /// The sub-flow whose steps run, if any: its frame is in this thread or around it.
  private var called: CalledScope? {
    guard isNested else { return nil }
    for frames in threads {
      for frame in frames.reversed() {
        if case .flow(let scope) = frame.content { return scope }
      }
    }
    return nil
  }

  /// Frames of the thread in focus, then of those around it.
  var threads: [[Frame]] { [strand.frames] + outer.reversed().map(\.strand.frames) }

  var scopeVars: [String: Value] { called?.vars ?? vars }
  var scopeResults: [String: Value] { called?.results ?? results }

  /// The sub-flow's name: defaults of its caller's variables do not show through.
  var calledFlow: String? { called?.flow }

  mutating func setVariable(_ name: String, _ value: Value) {
    if !changeCalled({ $0.vars[name] = value }) { vars[name] = value }
  }

  /// A nil value forgets.
  mutating func setResult(_ step: String, _ value: Value?) {
    let isCalled = isNested && changeCalled { $0.results[Self.localID(step)] = value }
    if !isCalled { results[step] = value }
  }

  /// Steps of a sub-flow are called `name/step` outside of it.
  private static func localID(_ id: String) -> String {
    id.lastIndex(of: "/").map { String(id[id.index(after: $0)...]) } ?? id
  }

  private mutating func changeCalled(_ change: (inout CalledScope) -> Void) -> Bool {
    guard isNested else { return false }
    if strand.changeCalled(change) { return true }
    for index in outer.indices.reversed() where outer[index].strand.changeCalled(change) { return true }
    return false
  }

  // MARK: Time

  /// The earliest deadline of the blocks around the position.
  var deadline: Timestamp? {
    guard isNested else { return nil }
    var earliest: Timestamp?
    for frames in threads {
      for case let deadline? in frames.map(\.deadline) { earliest = min(earliest ?? deadline, deadline) }
    }
    return earliest
  }

  /// Whether a block around the thread in focus is overdue.
  func isOuterOverdue(at now: Timestamp) -> Bool { outer.contains { $0.strand.overdueFrame(at: now) != nil } }
}

extension Strand {
  /// The outermost one whose deadline has passed.
  func overdueFrame(at now: Timestamp) -> Int? {
    frames.firstIndex { frame in frame.deadline.map { $0 <= now } ?? false }
  }

  var branches: [RunBranch]? {
    guard case .parallel(let branches)? = frames.last?.content else { return nil }
    return branches
  }

  fileprivate var liveBranches: [BranchPath] {
    guard let branches else { return [] }
    return branches.enumerated().flatMap { index, branch -> [BranchPath] in
      guard branch.end == nil else { return [] }
      let inner = branch.strand.liveBranches
      return inner.isEmpty ? [[index]] : inner.map { [index] + $0 }
    }
  }

  fileprivate mutating func changeBranch(at path: ArraySlice<Int>, _ change: (inout RunBranch) -> Void) {
    guard let index = path.first, let last = frames.indices.last, case .parallel(var branches) = frames[last].content,
      branches.indices.contains(index)
    else { return }
    if path.count == 1 {
      change(&branches[index])
    } else {
      branches[index].strand.changeBranch(at: path.dropFirst(), change)
    }
    frames[last].content = .parallel(branches)
  }

  fileprivate mutating func changeCalled(_ change: (inout CalledScope) -> Void) -> Bool {
    for index in frames.indices.reversed() {
      if case .flow(var scope) = frames[index].content {
        change(&scope)
        frames[index].content = .flow(scope)
        return true
      }
    }
    return false
  }

  fileprivate mutating func countAnew(at now: Timestamp, in program: Program) {
    attempt = 0
    call?.reopenings = 0
    for index in frames.indices {
      frames[index].attempt = 0
      let timeout = program.block(at: frames[index].position)?.step.timeoutMilliseconds
      if frames[index].deadline != nil, let timeout { frames[index].deadline = now.adding(milliseconds: timeout) }
    }
    guard let last = frames.indices.last, case .parallel(var branches) = frames[last].content else { return }
    for index in branches.indices {
      switch branches[index].end {
      case .parked, .dead: branches[index].end = nil
      case nil: break
      case .done, .stopped, .dropped, .failed: continue
      }
      branches[index].wakeAt = nil
      branches[index].strand.countAnew(at: now, in: program)
    }
    frames[last].content = .parallel(branches)
  }

  fileprivate mutating func shiftClocks(byMilliseconds milliseconds: Int64) {
    for index in frames.indices {
      frames[index].deadline = frames[index].deadline?.adding(milliseconds: milliseconds)
      guard case .parallel(var branches) = frames[index].content else { continue }
      for branch in branches.indices {
        branches[branch].wakeAt = branches[branch].wakeAt?.adding(milliseconds: milliseconds)
        branches[branch].strand.shiftClocks(byMilliseconds: milliseconds)
      }
      frames[index].content = .parallel(branches)
    }
  }
}

extension Array {
  fileprivate subscript(index index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
