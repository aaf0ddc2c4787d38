//! Cuts what is to be said into messages that the target channel takes: one API call each.
package import SwitchboardSDK

package enum MessagePart: Sendable, Hashable {
  /// To the target.
  case message(OutgoingMessage)
  /// To the place the event came from: something could not be carried over.
  case notice(String)
}

package enum MessageParts {
  /// - Parameters:
  ///   - text: prefix and text of the message, possibly empty.
  ///   - tellsSender: what the target cannot take is told to the sender (an operator) instead of being
  ///     described to the receiver (requirement T5); else the receiver gets a readable placeholder with its link (T4).
  package static func cut(
    text: String, attachments: [Attachment], buttons: [[Button]] = [], for target: ConnectorCapabilities,
    tellsSender: Bool
  ) -> [MessagePart] {
    let carried = attachments.filter { target.attachmentKinds.contains($0.kind) }
    let others = attachments.filter { !target.attachmentKinds.contains($0.kind) }
    var lines = text.isEmpty ? [] : [text]
    if !tellsSender { lines += others.map(placeholder) }
    let body = lines.joined(separator: "\n")
    var parts: [MessagePart] = []
    var caption = ""
    if !carried.isEmpty, !body.isEmpty, body.unicodeScalars.count <= target.captionScalarsMax {
      caption = body
    } else {
      parts += pieces(of: body, scalarsMax: target.textScalarsMax).map { .message(OutgoingMessage(text: $0)) }
    }
    for (index, attachment) in carried.enumerated() {
      parts.append(.message(OutgoingMessage(text: index == 0 ? caption : "", attachment: attachment)))
    }
    if !buttons.isEmpty, case .message(var last) = parts.last {
      last.buttons = buttons
      parts[parts.count - 1] = .message(last)
    }
    if tellsSender { parts += others.map { .notice("⚠️ Не доставлено: \($0.label). Этот канал такого не принимает.") } }
    return parts
  }

  /// What a person reads instead of an object that the channel cannot show.
  package static func placeholder(_ attachment: Attachment) -> String {
    let label = attachment.label.isEmpty ? "📎 Вложение (\(attachment.kind.rawValue))" : attachment.label
    guard let url = attachment.url, !label.contains(url) else { return label }
    return "\(label)\n\(url)"
  }

  /// Cuts at white space where there is some in the last quarter of a piece.
  package static func pieces(of text: String, scalarsMax: Int) -> [String] {
    guard scalarsMax > 0, !text.allSatisfy(\.isWhitespace) else { return [] }
    // No text has more scalars than bytes: nearly every message ends here.
    if text.utf8.count <= scalarsMax { return [text] }
    var pieces: [String] = []
    var rest = text.unicodeScalars[...]
    while !rest.isEmpty {
      if rest.count <= scalarsMax {
        pieces.append(String(rest))
        break
      }
      guard pieces.count < Limits.partsPerMessageMax - 1 else {
        pieces.append(String(rest.prefix(max(scalarsMax - 20, 1))) + "… (сокращено)")
        break
      }
      let window = rest.prefix(scalarsMax)
      let tail = window.suffix(max(scalarsMax / 4, 1))
      let end = tail.lastIndex(where: \.properties.isWhitespace) ?? window.endIndex
      pieces.append(String(rest[..<end]))
      rest = rest[end...].drop(while: \.properties.isWhitespace)
    }
    return pieces.filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
