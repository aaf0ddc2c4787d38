//! Pending timers, and a timer's turning into a run.
internal import JournalCore
internal import SwitchboardSDK

struct TimerStatements {
  let start: PreparedStatement
  let startUnlessPending: PreparedStatement
  let cancel: PreparedStatement
  let cancelAll: PreparedStatement
  let selectDue: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    let insert = """
      INSERT INTO timers (key, due_at, project, flow, version, label, event, conversation, lane, state)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (key) DO
      """
    startUnlessPending = try connection.prepare("\(insert) NOTHING")
    start = try connection.prepare(
      """
      \(insert) UPDATE SET due_at = excluded.due_at, project = excluded.project, flow = excluded.flow,
      version = excluded.version, label = excluded.label, event = excluded.event,
      conversation = excluded.conversation, lane = excluded.lane, state = excluded.state
      """)
    cancel = try connection.prepare("DELETE FROM timers WHERE key = ?1")
    cancelAll = try connection.prepare("DELETE FROM timers WHERE conversation = ?1")
    selectDue = try connection.prepare(
      "SELECT event, flow, version, label, lane, state FROM timers WHERE key = ?1 AND due_at <= ?2")
  }
}

extension TableWriter {
  func apply(_ change: TimerChange) throws(SQLiteFailure) {
    switch change {
    case .start(let timer, let keepsEarlier):
      try start(timer, with: keepsEarlier ? timers.startUnlessPending : timers.start)
    case .cancel(let key): try cancel(key)
    case .cancelAll(let conversation):
      timers.cancelAll.bind(1, conversation)
      try timers.cancelAll.run()
    }
  }

  func fireTimer(key: String, now: Timestamp) throws(SQLiteFailure) -> OpenRun? {
    guard let row = try dueTimer(key: key, now: now) else { return nil }
    try cancel(key)
    let id = try runs.insert(row)
    return OpenRun(id: id, lane: row.lane, status: .queued, wakeAt: nil)
  }

  private func dueTimer(key: String, now: Timestamp) throws(SQLiteFailure) -> NewRunRow? {
    let select = timers.selectDue
    defer { select.reset() }
    select.bind(1, key)
    select.bind(2, now)
    guard try select.step() else { return nil }
    return NewRunRow(
      event: select.int64(0), flow: select.int64(1), version: select.int64(2), label: select.int64(3),
      lane: select.text(4), state: select.bytes(5), at: now)
  }

  private func start(_ timer: TimerRecord, with statement: PreparedStatement) throws(SQLiteFailure) {
    statement.bind(1, timer.key)
    statement.bind(2, timer.dueAt)
    statement.bind(3, try names.identifier(timer.project))
    statement.bind(4, try names.identifier(timer.flow))
    statement.bind(5, try names.identifier(timer.version))
    statement.bind(6, try names.identifier(timer.label))
    statement.bind(7, timer.event)
    statement.bind(8, timer.conversation)
    statement.bind(9, timer.lane)
    statement.bind(10, timer.state)
    try statement.run()
  }

  private func cancel(_ key: String) throws(SQLiteFailure) {
    timers.cancel.bind(1, key)
    try timers.cancel.run()
  }
}
