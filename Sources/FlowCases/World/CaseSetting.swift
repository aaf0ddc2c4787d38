//! What a play begins with.
import FlowLoading
import FlowModel
import SwitchboardSDK

struct CaseSetting: Sendable {
  struct Served: Sendable {
    var flow: Flow
    /// For the journal.
    var source: [UInt8]
  }

  var house: CaseHouse
  /// The one that is watched comes first.
  var served: [Served]
  var start: Timestamp
  /// The project's, with what the case sets in their place.
  var settings: Value
  var chats: Set<CaseFile.ChatPlace> = []
  var isPaced = false
  /// Chats that nobody has written in are there, too: a recording does not tell which there are.
  var knowsAllChats = false
  var covers = false
}
