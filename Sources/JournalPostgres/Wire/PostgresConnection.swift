//! One connection through libpq (PostgreSQL manual, chapter 34). Statements go out in rounds: all of a round are
//! sent in pipeline mode before the first answer is read, so that a round costs one way to the server and back.
internal import CPQ
internal import Glibc

/// Belongs to one queue; blocks it while it waits.
final class PostgresConnection {
  private let handle: OpaquePointer
  private let address: PostgresAddress
  private let answerMilliseconds: Int
  private var isPipelining = false

  init(_ address: PostgresAddress, name: String, settings: PostgresSettings) throws(PostgresFailure) {
    self.address = address
    answerMilliseconds = settings.statementMilliseconds + settings.silenceMilliseconds
    let before = [
      "connect_timeout": "\(settings.connectSeconds)", "keepalives_idle": "5", "keepalives_interval": "2",
      "keepalives_count": "3", "tcp_user_timeout": "\(settings.deadPeerMilliseconds)",
    ]
    // What stands after the address overrides it: the rest of this file relies on it.
    let after = ["client_encoding": "UTF8", "application_name": name]
    handle = try Self.connect(before.map { $0 } + [("dbname", address.connectionText)] + after.map { $0 }, address)
    guard PQsetnonblocking(handle, 1) == 0 else {
      PQfinish(handle)
      throw .lost("the connection cannot be made non-blocking")
    }
  }

  deinit { PQfinish(handle) }

  /// For `poll`.
  var descriptor: Int32 { PQsocket(handle) }

  private static func connect(
    _ options: [(String, String)], _ address: PostgresAddress
  ) throws(PostgresFailure) -> OpaquePointer {
    var keywords = options.map { UnsafePointer<CChar>(strdup($0.0)) }
    var values = options.map { UnsafePointer<CChar>(strdup($0.1)) }
    defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
    keywords.append(nil)
    values.append(nil)
    // 1: `dbname` may be a whole address.
    guard let handle = PQconnectdbParams(keywords, values, 1) else { throw .lost("no memory for a connection") }
    guard PQstatus(handle) == CONNECTION_OK else {
      let words = address.masked(text(PQerrorMessage(handle)))
      PQfinish(handle)
      throw PostgresFailure(state: Self.state(ofConnecting: words), detail: words)
    }
    return handle
  }

  /// libpq keeps no SQLSTATE of a refused connection: the server's own words tell the cases that no waiting mends.
  private static func state(ofConnecting words: String) -> String {
    if words.contains("password authentication failed") || words.contains("no password supplied") { return "28P01" }
    if words.contains("no pg_hba.conf entry") || words.contains("authentication failed") { return "28000" }
    if words.contains("role \"") && words.contains("does not exist") { return "28000" }
    if words.contains("database \"") && words.contains("does not exist") { return "3D000" }
    return ""
  }

  /// SQL text of one or several statements without parameters, outside of a pipeline. Texts come back, not binary:
  /// those of the last statement, or of the one with the given number from 0.
  @discardableResult
  func run(_ sql: String, keeping kept: Int? = nil) throws(PostgresFailure) -> ResultRows? {
    try leavePipeline()
    guard PQsendQuery(handle, sql) == 1 else { throw lost() }
    var last: ResultRows?
    var number = 0
    var failure: PostgresFailure?
    let deadline = Self.milliseconds() + answerMilliseconds
    while let result = try nextResult(before: deadline) {
      let rows = ResultRows(result)
      if let found = self.failure(of: rows, result, statement: number) {
        failure = failure ?? found
      } else if kept == nil || kept == number {
        last = rows
      }
      number += 1
    }
    if let failure { throw failure }
    return last
  }

  /// Sends prepared statements in one round. Throws what the first refused one was refused with: then none of the
  /// round has had an effect that outlives its transaction, and those behind it were not looked at.
  func round(_ statements: [(name: String, parameters: StatementParameters)]) throws(PostgresFailure) -> [ResultRows] {
    try enterPipeline()
    for statement in statements { try send(statement.name, statement.parameters) }
    return try finishRound(statements.count)
  }

  func prepare(_ statements: [(name: String, sql: String)]) throws(PostgresFailure) {
    try enterPipeline()
    for statement in statements {
      guard PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else { throw lost() }
    }
    _ = try finishRound(statements.count)
  }

  /// One statement that is not asked often enough to be prepared.
  func ask(_ sql: String, _ parameters: StatementParameters) throws(PostgresFailure) -> ResultRows {
    try enterPipeline()
    try send(sql, parameters, isPrepared: false)
    return try finishRound(1)[0]
  }

  /// `text`: a prepared statement's name, or SQL.
  private func send(
    _ text: String, _ parameters: StatementParameters, isPrepared: Bool = true
  ) throws(PostgresFailure) {
    let ranges = parameters.ranges
    let sent = parameters.bytes.withUnsafeBytes { buffer in
      // An empty value still needs an address: NULL would be taken for NULL.
      withUnsafePointer(to: CChar(0)) { empty in
        let base = buffer.bindMemory(to: CChar.self).baseAddress
        let values: [UnsafePointer<CChar>?] = ranges.map { range in
          guard let range else { return nil }
          return base.map { $0 + range.lowerBound } ?? empty
        }
        let lengths = ranges.map { Int32(truncatingIfNeeded: $0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: ranges.count)
        let count = Int32(ranges.count)
        return isPrepared
          ? PQsendQueryPrepared(handle, text, count, values, lengths, formats, 1)
          : PQsendQueryParams(handle, text, count, nil, values, lengths, formats, 1)
      }
    }
    guard sent == 1 else { throw lost() }
  }

  private func finishRound(_ count: Int) throws(PostgresFailure) -> [ResultRows] {
    guard PQpipelineSync(handle) == 1 else { throw lost() }
    let deadline = Self.milliseconds() + answerMilliseconds
    var answers: [ResultRows] = []
    answers.reserveCapacity(count)
    var failure: PostgresFailure?
    for index in 0..<count {
      while let result = try nextResult(before: deadline) {
        let rows = ResultRows(result)
        if rows.status == PGRES_PIPELINE_ABORTED { continue }
        if let found = self.failure(of: rows, result, statement: index) { failure = failure ?? found }
        answers.append(rows)
      }
    }
    guard let end = try nextResult(before: deadline) else { throw .lost("the server lost count of its answers") }
    guard ResultRows(end).status == PGRES_PIPELINE_SYNC else { throw .lost("the server lost count of its answers") }
    if let failure { throw failure }
    guard answers.count == count else { throw .lost("the server lost count of its answers") }
    return answers
  }

  /// Nil at the end of one statement's results.
  private func nextResult(before deadline: Int) throws(PostgresFailure) -> OpaquePointer? {
    while true {
      let unsent = PQflush(handle)
      guard unsent >= 0 else { throw lost() }
      if unsent == 0, PQisBusy(handle) == 0 { break }
      let remaining = deadline - Self.milliseconds()
      guard remaining > 0 else { throw .lost("the server does not answer") }
      var watched = pollfd(
        fd: PQsocket(handle), events: Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0), revents: 0)
      let ready = poll(&watched, 1, Int32(clamping: remaining))
      if ready < 0 && errno != EINTR { throw .lost("poll: \(String(cString: strerror(errno)))") }
      guard PQconsumeInput(handle) == 1 else { throw lost() }
    }
    return PQgetResult(handle)
  }

  private func failure(of rows: ResultRows, _ result: OpaquePointer, statement: Int) -> PostgresFailure? {
    switch rows.status {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC: return nil
    default:
      let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
      let words = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
      let detail = words ?? Self.text(PQresultErrorMessage(result))
      return PostgresFailure(state: state, detail: address.masked(detail), statement: statement)
    }
  }

  private func enterPipeline() throws(PostgresFailure) {
    guard !isPipelining else { return }
    guard PQenterPipelineMode(handle) == 1 else { throw lost() }
    isPipelining = true
  }

  private func leavePipeline() throws(PostgresFailure) {
    guard isPipelining else { return }
    guard PQexitPipelineMode(handle) == 1 else { throw lost() }
    isPipelining = false
  }

  private func lost() -> PostgresFailure { .lost(address.masked(Self.text(PQerrorMessage(handle)))) }

  /// One line, as the log wants it.
  private static func text(_ words: UnsafePointer<CChar>?) -> String {
    guard let words else { return "no further words" }
    return String(cString: words).split(separator: "\n").joined(separator: " ")
  }

  static func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
  }
}

// MARK: Notifications

extension PostgresConnection {
  /// Waits up to so long for something to arrive, and returns what was notified: channel and payload.
  func notifications(waitingMilliseconds: Int) throws(PostgresFailure) -> [(channel: String, payload: String)] {
    var watched = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    _ = poll(&watched, 1, Int32(clamping: waitingMilliseconds))
    guard PQconsumeInput(handle) == 1 else { throw lost() }
    var found: [(channel: String, payload: String)] = []
    while let notice = PQnotifies(handle) {
      found.append((String(cString: notice.pointee.relname), String(cString: notice.pointee.extra)))
      PQfreemem(notice)
    }
    return found
  }
}
