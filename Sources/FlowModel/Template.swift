//! A text with holes: `"💬 Клиент {conversation.name}"`. `{{` is a literal brace.

package struct Template: Sendable, Hashable {
  package enum Part: Sendable, Hashable {
    case literal(String)
    /// A path; an absent value leaves nothing.
    case hole([String])
  }
  package var parts: [Part]

  package init(parts: [Part]) { self.parts = parts }
  package init(literal: String) { parts = [.literal(literal)] }

  package func rendered(in scope: some ExpressionScope) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .literal(let literal): text += literal
      case .hole(let path): text += scope.value(at: path).displayText
      }
    }
    return text
  }
}
