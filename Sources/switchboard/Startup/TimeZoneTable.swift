//! Time zones by their IANA names, on the system's database.
import Foundation
import SwitchboardSDK

struct TimeZoneTable: Sendable {
  private let zone: TimeZone

  /// Nil for a name that the database does not know.
  init?(_ name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  func offsetSeconds(at moment: Timestamp) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000))
  }
}
