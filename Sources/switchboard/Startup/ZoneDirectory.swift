//! Time zones for rules, by project and by name; each zone is made once.
import RuleEngine
import SwitchboardSDK
import Synchronization

final class ZoneDirectory: Sendable {
  private let own: [String: TimeZoneTable]
  private let named = Mutex<[String: TimeZoneTable]>([:])
  /// Names come from rules: beyond so many, zones are made anew each time.
  private static let keptMax = 1_000

  init(_ projects: [InstallationPlan.Project]) {
    own = Dictionary(projects.map { ($0.name, $0.timeZone) }, uniquingKeysWith: { first, _ in first })
  }

  var zones: RuleZones {
    { project, name, at in
      if name.isEmpty { return self.own[project]?.offsetSeconds(at: at) }
      return self.zone(name)?.offsetSeconds(at: at)
    }
  }

  private func zone(_ name: String) -> TimeZoneTable? {
    if let known = named.withLock({ $0[name] }) { return known }
    guard name.utf8.count <= 64, let made = TimeZoneTable(name) else { return nil }
    named.withLock { if $0.count < Self.keptMax { $0[name] = made } }
    return made
  }
}
