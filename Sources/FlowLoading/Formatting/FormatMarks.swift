//! Where the things of a file stand that the formatter must know: keys, texts, brackets.

struct FormatMarks {
  /// A place counted from 1.
  struct Place: Hashable {
    var line: Int
    var column: Int
  }
  struct Scalar {
    var span: SourceSpan
    var style: YAMLNode.Style
  }

  /// Keys of mappings that are not in brackets.
  private(set) var keys: Set<Place> = []
  /// Texts, numbers and aliases, in order: nothing within them is touched.
  private(set) var scalars: [Scalar] = []
  /// Opening brackets of lists with something in brackets in them: these have spaces inside.
  private(set) var roomyLists: Set<Place> = []
  /// First to last line of what is in brackets over several lines.
  private(set) var brackets: [ClosedRange<Int>] = []

  private struct Open {
    var isMap: Bool
    var isInBrackets: Bool
    var place: Place
    var expectsKey = true
  }

  /// Nil when the parser stumbles.
  static func read(_ bytes: [UInt8]) -> FormatMarks? {
    var marks = FormatMarks()
    var stack: [Open] = []
    do throws(YAMLSyntaxError) {
      try YAMLEventStream.read(LineSeparators.disguised(bytes)) { event in
        marks.take(event, &stack)
        return true
      }
    } catch {
      return nil
    }
    return marks
  }

  private mutating func take(_ event: YAMLEvent, _ stack: inout [Open]) {
    let place = Place(line: event.span.line, column: event.span.column)
    switch event.kind {
    case .documentStart, .documentEnd, .streamEnd: return
    case .scalar(_, let style):
      scalars.append(Scalar(span: event.span, style: style))
      note(place, &stack)
    case .alias:
      scalars.append(Scalar(span: event.span, style: .plain))
      note(place, &stack)
    case .listStart, .mapStart:
      if event.isInBrackets, let outer = stack.last, !outer.isMap, outer.isInBrackets { roomyLists.insert(outer.place) }
      note(place, &stack)
      var isMap = false
      if case .mapStart = event.kind { isMap = true }
      stack.append(Open(isMap: isMap, isInBrackets: event.isInBrackets, place: place))
    case .listEnd, .mapEnd:
      guard let open = stack.popLast(), open.isInBrackets, event.span.endLine > open.place.line else { return }
      brackets.append(open.place.line...event.span.endLine)
    }
  }

  /// A node begins here: in a mapping they are key and value by turns.
  private mutating func note(_ place: Place, _ stack: inout [Open]) {
    guard let top = stack.indices.last, stack[top].isMap else { return }
    if stack[top].expectsKey, !stack[top].isInBrackets { keys.insert(place) }
    stack[top].expectsKey.toggle()
  }
}
