//! Questions about conversations, threads, own messages and small values.
package import FlowModel
package import JournalCore
package import SwitchboardSDK

extension PostgresJournal {
  package func conversation(_ key: String) async throws(JournalError) -> ConversationRecord? {
    var parameters = StatementParameters()
    parameters.add(key)
    let found: [ConversationRecord] = try await quick.ask(.conversation, parameters) { [names] rows in
      guard rows.count > 0 else { return [] }
      guard let project = names.name(rows, 0, 0), let connection = names.name(rows, 0, 1) else { return nil }
      let record = ConversationRecord(
        key: key, project: project, connection: connection, chat: rows.text(0, 2), name: rows.text(0, 3),
        facts: rows.value(0, 4), state: rows.value(0, 5), answeredAt: rows.optionalTimestamp(0, 6),
        autoRepliedAt: rows.optionalTimestamp(0, 7), createdAt: rows.timestamp(0, 8))
      return [record]
    }
    return found.first
  }

  package func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord] {
    var parameters = StatementParameters()
    parameters.add(conversation)
    return try await quick.ask(.threads, parameters) { rows in
      (0..<rows.count).map { row in
        ThreadRecord(
          conversation: conversation, connection: rows.text(row, 0), chat: rows.text(row, 1),
          thread: rows.text(row, 2))
      }
    }
  }

  package func conversation(
    ofThread thread: String, chat: String, connection: String
  ) async throws(JournalError) -> String? {
    guard let identifier = try await identifier(connection) else { return nil }
    var parameters = StatementParameters()
    parameters.add(identifier)
    parameters.add(chat)
    parameters.add(thread)
    return try await quick.ask(.threadPlace, parameters) { rows in
      rows.count > 0 ? [rows.text(0, 0)] : []
    }.first
  }

  package func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool {
    guard let identifier = try await identifier(connection) else { return false }
    var parameters = StatementParameters()
    parameters.add(identifier)
    parameters.add(messageID)
    parameters.add(chat)
    return try await quick.ask(.ownMessage, parameters) { $0.count > 0 }
  }

  package func projectState(project: String, key: String) async throws(JournalError) -> StoredState {
    guard let identifier = try await identifier(project) else { return StoredState() }
    var parameters = StatementParameters()
    parameters.add(identifier)
    parameters.add(key)
    return try await quick.ask(.state, parameters) { rows in
      guard rows.count > 0 else { return StoredState() }
      if rows.isNull(0, 0) { return StoredState(keysInProject: rows.int(0, 3)) }
      return StoredState(
        value: rows.isNull(0, 2) ? .null : rows.value(0, 2), expiresAt: rows.optionalTimestamp(0, 1),
        revision: rows.int64(0, 0))
    }
  }

  package func connectionValue(connection: String, key: String) async throws(JournalError) -> Value {
    guard let identifier = try await identifier(connection) else { return .null }
    var parameters = StatementParameters()
    parameters.add(identifier)
    parameters.add(key)
    return try await quick.ask(.value, parameters) { rows in rows.count > 0 ? rows.value(0, 0) : .null }
  }

  package func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion? {
    guard let flowID = try await identifier(flow), let versionID = try await identifier(version) else { return nil }
    var parameters = StatementParameters()
    parameters.add(flowID)
    parameters.add(versionID)
    let found: [FlowVersion] = try await quick.ask(.flowVersion, parameters) { [names] rows in
      guard rows.count > 0 else { return [] }
      guard let project = names.name(rows, 0, 0) else { return nil }
      let record = FlowVersion(
        project: project, flow: flow, version: version, file: rows.text(0, 1), source: rows.text(0, 2))
      return [record]
    }
    return found.first
  }

  /// Nil when no row can hold the name. Another program may have added it since: a miss is asked for.
  func identifier(_ name: String) async throws(JournalError) -> Int32? {
    if let known = names.identifier(name) { return known }
    _ = try await quick.ask(.names, StatementParameters()) { [names] rows in
      names.learn(rows)
      return true
    }
    return names.identifier(name)
  }
}
