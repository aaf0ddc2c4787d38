//! Conversations and the threads that mirror them.
internal import JournalCore
internal import SwitchboardSDK

struct ConversationStatements {
  let upsert: PreparedStatement
  let releasePlace: PreparedStatement
  let bindThread: PreparedStatement
  let unbindThread: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    // Facts and state can be set to nothing, which is NULL here: ?11 and ?12 say whether they are set at all.
    upsert = try connection.prepare(
      """
      INSERT INTO conversations
        (key, project, connection, chat, created_at, name, facts, state, answered_at, auto_replied_at)
      VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, ''), ?7, ?8, ?9, ?10) ON CONFLICT (key) DO UPDATE SET
        name = coalesce(?6, name), facts = CASE ?11 WHEN 1 THEN ?7 ELSE facts END,
        state = CASE ?12 WHEN 1 THEN ?8 ELSE state END, answered_at = coalesce(?9, answered_at),
        auto_replied_at = coalesce(?10, auto_replied_at)
      """)
    releasePlace = try connection.prepare("DELETE FROM threads WHERE connection = ?1 AND chat = ?2 AND thread = ?3")
    bindThread = try connection.prepare(
      """
      INSERT INTO threads (conversation, connection, chat, thread) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (conversation, connection) DO UPDATE SET chat = excluded.chat, thread = excluded.thread
      """)
    unbindThread = try connection.prepare("DELETE FROM threads WHERE conversation = ?1 AND connection = ?2")
  }
}

extension TableWriter {
  func apply(_ change: ConversationChange, at moment: Timestamp) throws(SQLiteFailure) {
    let upsert = conversations.upsert
    upsert.bind(1, change.key)
    upsert.bind(2, try names.identifier(change.project))
    upsert.bind(3, try names.identifier(change.connection))
    upsert.bind(4, change.chat)
    upsert.bind(5, moment)
    upsert.bind(6, change.name)
    upsert.bind(7, change.facts ?? .null)
    upsert.bind(8, change.state ?? .null)
    upsert.bind(9, change.answeredAt)
    upsert.bind(10, change.autoRepliedAt)
    upsert.bind(11, change.facts == nil ? 0 : 1)
    upsert.bind(12, change.state == nil ? 0 : 1)
    try upsert.run()
  }

  func apply(_ change: ThreadChange) throws(SQLiteFailure) {
    switch change {
    case .bind(let thread):
      let connection = try names.identifier(thread.connection)
      // A thread leads to one conversation: whoever held it before gives it up.
      let release = conversations.releasePlace
      release.bind(1, connection)
      release.bind(2, thread.chat)
      release.bind(3, thread.thread)
      try release.run()
      let bind = conversations.bindThread
      bind.bind(1, thread.conversation)
      bind.bind(2, connection)
      bind.bind(3, thread.chat)
      bind.bind(4, thread.thread)
      try bind.run()
    case .unbind(let conversation, let connection):
      conversations.unbindThread.bind(1, conversation)
      conversations.unbindThread.bind(2, try names.identifier(connection))
      try conversations.unbindThread.run()
    }
  }
}
