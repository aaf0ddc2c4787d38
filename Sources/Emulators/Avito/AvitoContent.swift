//! What a message of a chat holds, as Avito names the kinds.
package import SwitchboardSDK

package enum AvitoContent: Sendable, Hashable {
  case text(String)
  /// By the image's id.
  case image(id: String)
  case voice(id: String)
  case link(text: String, url: String)
  case location(text: String, latitude: Double, longitude: Double)
  case missedCall(target: Int64)
  /// Another listing.
  case item(title: String, priceText: String, url: String, imageURL: String)
  /// From Avito's bots: `flow_id` stands beside the text.
  case system(text: String, flow: String)
  case deleted
  /// `appCall`, `file`, `video` or a word that nobody knows yet: content as given, `{}` in life.
  case other(type: String, content: Value)

  package var type: String {
    switch self {
    case .text: "text"
    case .image: "image"
    case .voice: "voice"
    case .link: "link"
    case .location: "location"
    case .missedCall: "call"
    case .item: "item"
    case .system: "system"
    case .deleted: "deleted"
    case .other(let type, _): type
    }
  }
}
