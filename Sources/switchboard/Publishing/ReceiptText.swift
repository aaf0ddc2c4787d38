//! A publication as people read it.
import FlowModel
import JournalCore
import SwitchboardSDK

enum ReceiptText {
  static func lines(_ publication: Publication, isNew: Bool = true) -> [String] {
    let head =
      "\(publication.project): publication \(publication.number), hash \(publication.hash), "
      + "at \(publication.at) by \(publication.by) (\(publication.origin.rawValue))"
    guard isNew else { return [head, "  nothing has changed: it served already"] }
    return [head] + publication.changes.map(line) + holds(publication) + work(publication)
  }

  private static func line(_ change: Publication.Change) -> String {
    let name = change.part.hasPrefix("rule:") ? "rule \(change.part.dropFirst(5))" : "flow \(change.part)"
    let running = change.running.map { change.from == nil ? "" : ", running work: \($0.rawValue)" } ?? ""
    return "  \(name): \(change.from ?? "new") → \(change.to ?? "removed")\(running)"
  }

  static func holds(_ publication: Publication) -> [String] {
    publication.holds.sorted { $0.key < $1.key }.map { part, hold in
      "  \(part) is rolled back: the file's version \(hold.from) stays off, \(hold.to) serves, until the file changes "
        + "or 'switchboard publish \(publication.project)/\(part)'"
    }
  }

  static func nodes(_ serving: [NodePublication]) -> [String] {
    serving.isEmpty ? [] : ["  serves on: " + serving.map(\.node).sorted().joined(separator: ", ")]
  }

  private static func work(_ publication: Publication) -> [String] {
    guard let work = publication.work, work != Publication.Work() else { return [] }
    let reasons = work.reasons.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
    return [
      "  work under way: \(work.adopted) adopted, \(work.cancelled) cancelled, \(work.pinned) stay with their version"
        + (reasons.isEmpty ? "" : " (\(reasons))")
    ]
  }

  /// As `--json` prints it.
  static func value(_ publication: Publication, isNew: Bool = true) -> Value {
    var members = publication.value.mapValue ?? [:]
    members["at"] = .text(publication.at.description)
    members["new"] = .bool(isNew)
    return .map(members)
  }
}
