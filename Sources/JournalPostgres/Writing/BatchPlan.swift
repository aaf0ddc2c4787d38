//! Turns the writes of a transaction into few statements. Writes that wait at the same moment have no order among
//! each other, so that all their rows of one table may go in one statement; what touches the same row twice starts a
//! new stage, and the stages keep their order.
internal import FlowModel
internal import JournalCore
internal import SwitchboardSDK

/// A statement of the batch, and what its answer means.
struct PlannedStatement: Sendable {
  enum Meaning: Sendable {
    case nothing
    /// Events and runs of these appends.
    case receipts
    /// `1 / 0` says that one of the runs is closed.
    case advance
    /// Of these writes, in the order of the rows that were asked for.
    case firedTimers(writes: [Int])
    /// True for this write when a row came back.
    case flag(write: Int)
    /// Runs that this write gets to walk.
    case openRuns(write: Int)
  }
  var statement: WriteStatement
  var parameters: StatementParameters
  var meaning: Meaning
}

struct BatchPlan {
  private(set) var statements: [PlannedStatement] = []
  /// For each `append` record in the order of the statement: which write it belongs to.
  private(set) var intake = IntakeColumns()
  private let names: NameTable
  private var stage = Stage()

  init(names: NameTable) { self.names = names }

  /// All names that the writes need must be known to the table.
  mutating func add(_ write: JournalWrite, index: Int) {
    switch write {
    case .append(let records): for record in records { intake.add(record, write: index, names: id) }
    case .commit(let change): add(change)
    case .fireTimer(let key, let now, let handsOver):
      if !stage.mayTouch(.timer(key), rank: 2) { flush() }
      stage.touch(.timer(key), rank: 2)
      stage.timers.fire(key: key, now: now, handsOver: handsOver, write: index)
    case .claimDeduplicationKey(let flow, let key, let run, let keepUntil, let now):
      var parameters = StatementParameters()
      parameters.add(id(flow))
      parameters.add(key)
      parameters.add(run)
      parameters.add(keepUntil)
      parameters.add(now)
      statements.append(PlannedStatement(statement: .claimKey, parameters: parameters, meaning: .flag(write: index)))
    case .setConnectionValue(let connection, let key, let value): set(connection, key, value)
    case .saveFlowVersion(let version): save(version)
    case .retryRun(let run): mend(run, to: .queued, write: index)
    case .dropRun(let run): mend(run, to: .dropped, write: index)
    case .takeHandedOver(let partitions, let limit): takeHandedOver(partitions, limit: limit, write: index)
    case .administer(let change): administer(change, write: index)
    case .publication: break
    }
  }

  /// Ends the plan; no further write may come.
  mutating func finish() {
    if !intake.isEmpty {
      statements.insert(
        PlannedStatement(statement: .append, parameters: intake.parameters, meaning: .receipts), at: 0)
    }
    flush()
  }

  private mutating func add(_ change: RunChange) {
    if !stage.mayTouch(.run(change.run), rank: 0) { flush() }
    stage.touch(.run(change.run), rank: 0)
    stage.runs.add(change, names: id)
    for delivery in change.deliveries {
      let key = Stage.Key.delivery(DeliveryKey.key(run: change.run, sequence: delivery.sequence))
      if !stage.mayTouch(key, rank: delivery.rank) { flush() }
      stage.touch(key, rank: delivery.rank)
      stage.deliveries.add(delivery, of: change.run, names: id)
    }
    for timer in change.timers { add(timer) }
    if let conversation = change.conversation {
      let key = Stage.Key.conversation(conversation.key)
      if !stage.mayTouch(key, rank: 0) { flush() }
      stage.touch(key, rank: 0)
      stage.conversations.add(conversation, at: change.at, names: id)
    }
    for thread in change.threads { add(thread) }
    guard let values = change.values else { return }
    for value in values.changes {
      // Two changes that follow the same one stand in two stages: the second finds itself void.
      let key = Stage.Key.state(project: values.project, key: value.key)
      if !stage.mayTouch(key, rank: 0) { flush() }
      stage.touch(key, rank: 0)
      stage.values.add(value, project: id(values.project))
    }
  }

  private mutating func add(_ change: TimerChange) {
    switch change {
    case .start(let timer, let keepsEarlier):
      if !stage.mayTouch(.timer(timer.key), rank: 1) { flush() }
      stage.touch(.timer(timer.key), rank: 1)
      stage.timers.start(timer, keepsEarlier: keepsEarlier, names: id)
    case .cancel(let key):
      if !stage.mayTouch(.timer(key), rank: 0) { flush() }
      stage.touch(.timer(key), rank: 0)
      stage.timers.cancel(key: key)
    case .cancelAll(let conversation):
      // Which timers that are is for the table to say: nothing may stand before or behind it in its stage.
      flush()
      stage.timers.cancelAll(conversation: conversation)
      flush()
    }
  }

  private mutating func add(_ change: ThreadChange) {
    switch change {
    case .unbind(let conversation, let connection):
      let key = Stage.Key.thread(conversation: conversation, connection: connection)
      if !stage.mayTouch(key, rank: 0) { flush() }
      stage.touch(key, rank: 0)
      stage.threads.unbind(conversation, connection: id(connection))
    case .bind(let thread):
      let key = Stage.Key.thread(conversation: thread.conversation, connection: thread.connection)
      let place = Stage.Key.place(connection: thread.connection, chat: thread.chat, thread: thread.thread)
      if !stage.mayTouch(key, rank: 1) || !stage.mayTouch(place, rank: 0) { flush() }
      stage.touch(key, rank: 1)
      stage.touch(place, rank: 0)
      stage.threads.bind(thread, connection: id(thread.connection))
    }
  }

  private mutating func mend(_ run: RunID, to status: RunStatus, write: Int) {
    // Behind whatever the batch does with the same run.
    flush()
    var parameters = StatementParameters()
    parameters.add(run)
    parameters.add(Int32(status.rawValue))
    statements.append(PlannedStatement(statement: .mendRun, parameters: parameters, meaning: .flag(write: write)))
  }

  private mutating func takeHandedOver(_ partitions: Set<Int>, limit: Int, write: Int) {
    flush()
    var parameters = StatementParameters()
    parameters.add(ArrayColumn(partitions: partitions))
    parameters.add(Int64(max(0, limit)))
    statements.append(
      PlannedStatement(statement: .takeHandedOver, parameters: parameters, meaning: .openRuns(write: write)))
  }

  private mutating func administer(_ change: AdministrativeWrite, write: Int) {
    flush()
    var parameters = StatementParameters()
    switch change {
    case .cancelTimer(let key):
      parameters.add(key)
      statements.append(
        PlannedStatement(statement: .cancelTimer, parameters: parameters, meaning: .flag(write: write)))
    case .makeTimerDue(let key, let moment):
      parameters.add(key)
      parameters.add(moment)
      statements.append(
        PlannedStatement(statement: .makeTimerDue, parameters: parameters, meaning: .flag(write: write)))
    case .prune, .removeFlowVersions: break
    }
  }

  private mutating func set(_ connection: String, _ key: String, _ value: Value) {
    var parameters = StatementParameters()
    parameters.add(id(connection))
    parameters.add(key)
    if !value.isNull { parameters.add(value) }
    statements.append(
      PlannedStatement(
        statement: value.isNull ? .removeValue : .setValue, parameters: parameters, meaning: .nothing))
  }

  private mutating func save(_ version: FlowVersion) {
    var parameters = StatementParameters()
    parameters.add(id(version.flow))
    parameters.add(id(version.version))
    parameters.add(id(version.project))
    parameters.add(version.file)
    parameters.add(version.source)
    statements.append(PlannedStatement(statement: .saveVersion, parameters: parameters, meaning: .nothing))
  }

  private mutating func flush() {
    statements += stage.statements
    stage = Stage()
  }

  /// 0 is nobody's number: names are learned before the plan is made.
  private func id(_ name: String) -> Int32 { names.identifier(name) ?? 0 }
}

extension BatchPlan {
  /// Every name that a write stands on.
  static func names(of write: JournalWrite) -> [String] {
    switch write {
    case .append(let records):
      records.flatMap { record in
        [record.connection, record.project] + record.runs.flatMap { [$0.flow, $0.version, $0.label] }
      }
    case .commit(let change): names(of: change)
    case .claimDeduplicationKey(let flow, _, _, _, _): [flow]
    case .setConnectionValue(let connection, _, _): [connection]
    case .saveFlowVersion(let version): [version.flow, version.version, version.project]
    case .administer(.removeFlowVersions(let versions)): versions.flatMap { [$0.flow, $0.version] }
    case .fireTimer, .retryRun, .dropRun, .takeHandedOver, .administer, .publication: []
    }
  }

  private static func names(of change: RunChange) -> [String] {
    var names = [change.version, change.values?.project].compactMap(\.self)
    for case .insert(let new) in change.deliveries { names += [new.connection, new.step] }
    for case .start(let timer, _) in change.timers {
      names += [timer.project, timer.flow, timer.version, timer.label]
    }
    if let conversation = change.conversation { names += [conversation.project, conversation.connection] }
    for thread in change.threads {
      switch thread {
      case .bind(let record): names.append(record.connection)
      case .unbind(_, let connection): names.append(connection)
      }
    }
    return names
  }
}

extension DeliveryChange {
  var sequence: Int {
    switch self {
    case .insert(let new): new.sequence
    case .begin(let sequence, _, _), .settle(let sequence, _, _, _, _, _): sequence
    }
  }

  /// Insertions stand before beginnings, those before settlements.
  var rank: Int {
    switch self {
    case .insert: 0
    case .begin: 1
    case .settle: 2
    }
  }
}
