//! What a node says of itself: which publication of a project it serves, and since when. The receipt of one publication
//! is the journal's word; these are the nodes'.
package import SwitchboardSDK

package struct NodePublication: Sendable, Hashable {
  package static let kind = "node"

  package var node: String
  package var project: String
  package var number: Int64
  package var hash: String
  /// When it began to serve it, by the machine's clock.
  package var at: Timestamp

  package init(node: String, project: String, number: Int64, hash: String, at: Timestamp) {
    self.node = node
    self.project = project
    self.number = number
    self.hash = hash
    self.at = at
  }

  /// A later one of the same node and project replaces it.
  package var note: PublicationNote {
    PublicationNote(
      kind: Self.kind, name: "\(project)/\(node)", at: at,
      body: [
        "node": .text(node), "project": .text(project), "number": .int(number), "hash": .text(hash),
      ])
  }

  /// Nil for what is no note of ours.
  package init?(_ note: PublicationNote) {
    guard note.kind == Self.kind, let node = note.body["node"].textValue,
      let project = note.body["project"].textValue, let number = note.body["number"].intValue,
      let hash = note.body["hash"].textValue
    else { return nil }
    self.init(node: node, project: project, number: number, hash: hash, at: note.at)
  }

  /// As receipts and `/health` tell it.
  package var value: Value {
    ["node": .text(node), "number": .int(number), "hash": .text(hash), "at": .text(at.description)]
  }
}
