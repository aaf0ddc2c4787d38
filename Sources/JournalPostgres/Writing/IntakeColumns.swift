//! Events and the runs they start, as the columns of one statement; a repetition within the batch is found here.
internal import JournalCore
internal import SwitchboardSDK

struct IntakeColumns {
  /// One record of an append: its own row of the statement, or another's that brought the same event first.
  struct Place: Sendable {
    var write: Int
    var row: Int
    var isRepetition: Bool
  }

  private struct Identity: Hashable {
    var connection: Int32
    var externalID: NameTable.Exact
  }

  /// In the order of the writes and of their records.
  private(set) var places: [Place] = []
  private var rows: [Identity: Int] = [:]
  private var events = [
    ArrayColumn(.int4), ArrayColumn(.int4), ArrayColumn(.int8), ArrayColumn(.text), ArrayColumn(.text),
    ArrayColumn(.bytes), ArrayColumn(.int4), ArrayColumn(.int4),
  ]
  private var runs = [
    ArrayColumn(.int4), ArrayColumn(.int4), ArrayColumn(.int4), ArrayColumn(.int2), ArrayColumn(.bool),
    ArrayColumn(.text),
  ]

  var isEmpty: Bool { rows.isEmpty }
  var rowCount: Int { rows.count }

  mutating func add(_ record: IntakeRecord, write: Int, names: (String) -> Int32) {
    let connection = names(record.connection)
    let identity = Identity(connection: connection, externalID: NameTable.Exact(text: record.externalID))
    if let row = rows[identity] { return places.append(Place(write: write, row: row, isRepetition: true)) }
    places.append(Place(write: write, row: rows.count, isRepetition: false))
    rows[identity] = rows.count
    events[0].append(connection)
    events[1].append(names(record.project))
    events[2].append(record.receivedAt)
    events[3].append(record.externalID)
    events[4].append(record.conversation)
    events[5].append(record.payload)
    events[6].append(Int32(truncatingIfNeeded: runs[0].count + 1))
    events[7].append(Int32(truncatingIfNeeded: record.runs.count))
    for run in record.runs {
      runs[0].append(names(run.flow))
      runs[1].append(names(run.version))
      runs[2].append(names(run.label))
      runs[3].append(Int16(LanePartition.of(run.lane)))
      // Mostly the conversation's own: the server repeats it.
      let isConversation = run.lane.utf8.elementsEqual(record.conversation.utf8)
      runs[4].append(run.isHandedOver)
      runs[5].append(isConversation ? nil : run.lane)
    }
  }

  var parameters: StatementParameters {
    var parameters = StatementParameters()
    for column in events + runs { parameters.add(column) }
    return parameters
  }

  /// Connections and external ids in the order of the rows: the question which of them are known.
  var identityColumns: [ArrayColumn] {
    let ordered = rows.sorted { $0.value < $1.value }.map(\.key)
    var connections = ArrayColumn(.int4)
    var externalIDs = ArrayColumn(.text)
    for identity in ordered {
      connections.append(identity.connection)
      externalIDs.append(identity.externalID.text)
    }
    return [connections, externalIDs]
  }
}
