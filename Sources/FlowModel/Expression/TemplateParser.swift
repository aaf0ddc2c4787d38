//! Reads a text with holes: `{path}`, and `{{`, `}}` for literal braces.

package enum TemplateParser {
  /// A hole with its place in the text, in Unicode scalars.
  package struct Hole: Sendable, Hashable {
    package var path: [String]
    package var range: Range<Int>
  }

  package static func parse(_ text: String) throws(ExpressionError) -> (template: Template, holes: [Hole]) {
    let scalars = Array(text.unicodeScalars)
    var parts: [Template.Part] = []
    var holes: [Hole] = []
    var literal = String.UnicodeScalarView()
    var at = 0
    while at < scalars.count {
      let scalar = scalars[at]
      if scalar == "{" || scalar == "}", at + 1 < scalars.count, scalars[at + 1] == scalar {
        literal.append(scalar)
        at += 2
        continue
      }
      if scalar == "}" { throw ExpressionError(at..<at + 1, "a '}' without its '{'", hint: "'}}' is a literal brace") }
      guard scalar == "{" else {
        literal.append(scalar)
        at += 1
        continue
      }
      guard let close = scalars[at...].firstIndex(of: "}") else {
        throw ExpressionError(at..<at + 1, "a hole without its '}'", hint: "'{{' is a literal brace")
      }
      let hole = try hole(scalars, at + 1..<close)
      if !literal.isEmpty { parts.append(.literal(String(literal))) }
      literal = String.UnicodeScalarView()
      parts.append(.hole(hole.path))
      holes.append(hole)
      at = close + 1
    }
    if !literal.isEmpty || parts.isEmpty { parts.append(.literal(String(literal))) }
    return (Template(parts: parts), holes)
  }

  private static func hole(_ scalars: [Unicode.Scalar], _ range: Range<Int>) throws(ExpressionError) -> Hole {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    let whole = range.lowerBound - 1..<range.upperBound + 1
    guard !view.isEmpty else { throw ExpressionError(whole, "an empty hole", hint: "'{{' is a literal brace") }
    let node: ExpressionNode
    do throws(ExpressionError) { node = try ExpressionParser.parse(String(view)) } catch {
      let start = range.lowerBound
      throw ExpressionError(
        start + error.range.lowerBound..<start + error.range.upperBound, error.message,
        hint: "a hole takes a path; '{{' is a literal brace")
    }
    guard case .path(let path) = node.kind else {
      throw ExpressionError(
        whole, "a hole takes a path only", hint: "compute it in a 'set' step and name the variable here")
    }
    let start = range.lowerBound
    return Hole(path: path, range: start + node.range.lowerBound..<start + node.range.upperBound)
  }
}
