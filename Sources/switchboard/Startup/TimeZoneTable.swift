//! Time zones by their IANA names, on the system's database.
import Foundation
import SwitchboardSDK
import Synchronization

struct TimeZoneTable: Sendable {
  private let zone: TimeZone
  private let known = KnownOffset()

  /// The last answer: the database is asked once a quarter of an hour, not for every message.
  private final class KnownOffset: Sendable {
    let last = Mutex<(quarter: Int64, seconds: Int)?>(nil)
  }
  /// No zone changes its offset within a quarter of an hour by the clock.
  private static let quarterMilliseconds: Int64 = 900_000

  /// Nil for a name that the database does not know.
  init?(_ name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  func offsetSeconds(at moment: Timestamp) -> Int {
    let quarter = moment.milliseconds / Self.quarterMilliseconds
    if moment.milliseconds >= 0, let last = known.last.withLock({ $0 }), last.quarter == quarter { return last.seconds }
    let seconds = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000))
    if moment.milliseconds >= 0 { known.last.withLock { $0 = (quarter, seconds) } }
    return seconds
  }
}

/// Zones by name, each opened once.
final class TimeZones: Sendable {
  private let opened = Mutex<[String: TimeZoneTable]>([:])

  subscript(_ name: String) -> (@Sendable (Timestamp) -> Int)? {
    let table = opened.withLock { opened -> TimeZoneTable? in
      if let known = opened[name] { return known }
      let table = TimeZoneTable(name)
      opened[name] = table
      return table
    }
    return table.map { table in { @Sendable moment in table.offsetSeconds(at: moment) } }
  }
}
