//! Time zones by their IANA names, for cases and for schedules that have a zone of their own.
import FlowModel
import Foundation
import SwitchboardSDK

enum CaseZones {
  /// Nil for a name that the system does not know.
  static func offset(of name: String) -> CivilTime.Offset? {
    guard let zone = TimeZone(identifier: name) else { return nil }
    return { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.milliseconds) / 1_000)) }
  }
}
