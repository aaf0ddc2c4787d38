//! The rows of one message in the barest statements that write them: the measure for `PostgresBenchmark`.
internal import SwitchboardSDK

enum PlainStatement: String, CaseIterable {
  case begin, events, runs, advance, deliveries, close, settle, commit

  var sql: String {
    switch self {
    case .begin: "BEGIN"
    case .commit: "COMMIT"
    case .events:
      """
      INSERT INTO events (id, connection, project, received_at, external_id, conversation, payload)
      SELECT id, 1, 2, at, text, 'shop/avito/chat-1', data FROM unnest($1::int8[], $2::int8[], $3::text[], $4::bytea[])
        AS t(id, at, text, data)
      """
    case .runs:
      """
      INSERT INTO runs (id, event, flow, version, label, partition, lane, changed_at, status, is_open)
      SELECT id, id, 1, 2, 3, 7, 'shop/avito/chat-1', at, 0, true FROM unnest($1::int8[], $2::int8[]) AS t(id, at)
      """
    case .advance:
      """
      UPDATE runs r SET status = 1, changed_at = c.at, state = c.data
      FROM unnest($1::int8[], $2::int8[], $3::bytea[]) AS c(id, at, data) WHERE r.id = c.id
      """
    case .deliveries:
      """
      INSERT INTO deliveries (id, connection, step, state, attempt, begun_at, chat, request)
      SELECT id * 65536, 4, 5, 1, 1, at, '-1001234567890', data FROM unnest($1::int8[], $2::int8[], $3::bytea[])
        AS t(id, at, data)
      """
    case .close:
      """
      UPDATE runs r SET status = 4, is_open = false, changed_at = c.at, state = NULL, outcome = 'relayed'
      FROM unnest($1::int8[], $2::int8[]) AS c(id, at) WHERE r.id = c.id
      """
    case .settle:
      """
      UPDATE deliveries d SET state = 2, settled_at = c.at, remote_id = c.text
      FROM unnest($1::int8[], $2::int8[], $3::text[]) AS c(id, at, text) WHERE d.id = c.id * 65536
      """
    }
  }

  func rows(_ ids: ClosedRange<Int>) -> StatementParameters {
    var id = ArrayColumn(.int8)
    var at = ArrayColumn(.int8)
    var text = ArrayColumn(.text)
    var data = ArrayColumn(.bytes)
    for number in ids {
      id.append(Int64(number))
      at.append(1_700_000_000_000 + Int64(number))
      switch self {
      case .events:
        text.append("message-\(number % 64)-\(number / 64)")
        data.append(PostgresBenchmark.payload)
      case .advance: data.append(Array(PostgresBenchmark.payload.prefix(120)))
      case .deliveries: data.append(Array(PostgresBenchmark.payload.prefix(300)))
      case .settle: text.append("\(number)")
      case .begin, .runs, .close, .commit: break
      }
    }
    var parameters = StatementParameters()
    for column in [id, at, text, data] where column.count == id.count { parameters.add(column) }
    return parameters
  }
}
