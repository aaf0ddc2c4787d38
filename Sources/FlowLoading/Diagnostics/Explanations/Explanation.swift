//! What `switchboard explain CODE` says: why a diagnostic exists, a file that brings it, and the same file mended.
//! Each example is run by a test: the bad one brings its code, the mended one nothing.

package struct Explanation: Sendable {
  /// Where an example stands: what lies around it is the same for all and is not shown.
  package enum Frame: Sendable, Hashable {
    /// A whole flow file.
    case flow
    /// The list under `steps` of a flow that listens to `customer` on `avito-main` and `operator` on `desk`.
    case steps
    /// The list under `listen`.
    case listen
    /// A whole `switchboard.yaml`.
    case configuration
    /// The mapping under `connections` of project `shop` in `switchboard.yaml`.
    case connections
    /// A whole file of cases beside a flow `desk` that listens to `avito-main` and `desk` and has a step `auto`.
    case cases
    /// A whole rule file in Lua.
    case rule
  }

  package struct Example: Sendable {
    /// As people see it.
    package var shown: String
    /// The bytes of the file where `shown` cannot be the file itself: another encoding, a megabyte.
    package var bytes: [UInt8]?

    init(_ shown: String, bytes: [UInt8]? = nil) {
      self.shown = shown
      self.bytes = bytes
    }
  }

  package var code: DiagnosticCode
  /// Why the program objects, and what would happen otherwise. One paragraph.
  package var cause: String
  package var frame: Frame
  package var bad: Example
  package var mended: Example

  init(_ code: DiagnosticCode, _ frame: Frame, cause: String, bad: Example, mended: Example) {
    self.code = code
    self.frame = frame
    self.cause = cause
    self.bad = bad
    self.mended = mended
  }

  init(_ code: DiagnosticCode, _ frame: Frame, _ cause: String, bad: String, mended: String) {
    self.init(code, frame, cause: cause, bad: Example(bad), mended: Example(mended))
  }

  /// One for each code, in the order of the codes.
  package static let all: [Explanation] =
    yaml + structure + expressions + flows + configuration + references + cases + rules

  package static func of(_ code: DiagnosticCode) -> Explanation? { all.first { $0.code == code } }

  /// The whole file that an example stands for.
  package func source(_ example: Example) -> [UInt8] {
    if let bytes = example.bytes { return bytes }
    let head = "switchboard: 1\nflow: f\nproject: shop\n"
    let listen =
      "listen:\n  - customer: { connection: avito-main }\n  - operator: { connection: desk }\n"
    let text =
      switch frame {
      case .flow, .configuration, .cases, .rule: example.shown
      case .steps: head + listen + "steps:\n" + example.shown
      case .listen: head + "listen:\n" + example.shown + "\nsteps:\n  - { id: end, stop: }"
      case .connections: "switchboard: 1\nprojects:\n  shop:\n    connections:\n" + Self.indented(example.shown)
      }
    return Array((text + "\n").utf8)
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
  }

  /// As the terminal shows it, without a line end.
  package var text: String {
    let place =
      switch frame {
      case .flow: "in a flow file"
      case .steps: "under 'steps' of a flow"
      case .listen: "under 'listen' of a flow"
      case .configuration: "in switchboard.yaml"
      case .connections: "under 'connections' of a project in switchboard.yaml"
      case .cases: "in desk.cases.yaml"
      case .rule: "in a rule"
      }
    return """
      \(code.rawValue): \(code.meaning)

      \(cause)

      Wrong, \(place):

      \(Self.block(bad.shown))

      Right:

      \(Self.block(mended.shown))
      """
  }

  /// As `docs/reference/diagnostics.md` has it, without a line end.
  package var markdown: String {
    """
    ## \(code.rawValue): \(code.meaning)

    \(cause)

    ```\(language)
    \(comment) wrong
    \(Self.block(bad.shown, indentation: ""))
    ```

    ```\(language)
    \(comment) right
    \(mended.shown)
    ```
    """
  }

  private var language: String { frame == .rule ? "lua" : "yaml" }
  private var comment: String { frame == .rule ? "--" : "#" }

  private static func block(_ text: String, indentation: String = "    ") -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { indentation + Excerpting.escaped(String($0)) }.joined(separator: "\n")
  }
}
