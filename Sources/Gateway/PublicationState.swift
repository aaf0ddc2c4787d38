//! What `/health` tells of a project's publication: the proof of what is running.
package import JournalCore
internal import SwitchboardSDK

package struct PublicationState: Sendable, Hashable {
  package var publication: Publication
  /// The files on this node's disk are not what serves.
  package var filesDiffer: Bool
  /// The first line of why the last attempt to publish was refused.
  package var refusal: String?
  /// What living nodes say that they serve of the project.
  package var nodes: [NodePublication]

  package init(
    _ publication: Publication, filesDiffer: Bool = false, refusal: String? = nil, nodes: [NodePublication] = []
  ) {
    self.publication = publication
    self.filesDiffer = filesDiffer
    self.refusal = refusal
    self.nodes = nodes
  }

  var value: Value {
    [
      "project": .text(publication.project), "number": .int(publication.number), "hash": .text(publication.hash),
      "at": .text(publication.at.description), "by": .text(publication.by),
      "origin": .text(publication.origin.rawValue), "files_differ": .bool(filesDiffer),
      "refused": refusal.map(Value.text) ?? .null,
      "nodes": .list(nodes.map(\.value)),
      "rolled_back": .map(publication.holds.mapValues { ["from": .text($0.from), "to": .text($0.to)] }),
    ]
  }
}
