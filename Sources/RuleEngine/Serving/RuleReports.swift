//! What the rule engine tells its host beside decisions.

/// One thing that is wrong with a rule file.
package struct RuleProblem: Sendable, Hashable {
  /// What kind of thing, as diagnostics name it; FlowLoading explains these codes.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case syntax = "SB0801"
    case unknownGlobal = "SB0802"
    case unknownField = "SB0803"
    case unknownFunction = "SB0804"
    case globalWrite = "SB0805"
    case argumentCount = "SB0806"
    case forbidden = "SB0807"
    case noRule = "SB0808"
    case decisionUnused = "SB0809"
    case failsWhenLoaded = "SB0810"
    case unreadable = "SB0811"
  }

  package var code: Code
  package var file: String
  /// From 1; nil when Lua does not tell.
  package var line: Int?
  /// Unicode scalars from 1, and the one behind the last; nil when only the line is known.
  package var columns: Range<Int>?
  package var message: String
  /// What to do about it, when known.
  package var hint: String?

  package init(
    _ code: Code, file: String, line: Int? = nil, columns: Range<Int>? = nil, message: String, hint: String? = nil
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.columns = columns
    self.message = message
    self.hint = hint
  }
}

/// What became of one changed file.
package struct RuleReloadReport: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    /// The version that serves now.
    case loaded(version: String)
    /// The older version goes on serving; nil when there is none.
    case kept(version: String?, problems: [RuleProblem])
    /// The file is gone, and the rule with it.
    case removed
  }
  package var project: String
  package var rule: String
  package var outcome: Outcome

  package init(project: String, rule: String, outcome: Outcome) {
    self.project = project
    self.rule = rule
    self.outcome = outcome
  }
}

/// What a rule printed during one call: at most 100 lines and 16 KiB.
package struct RuleLog: Sendable, Hashable {
  package var project: String
  package var rule: String
  package var lines: [String]
  package var droppedLines: Int

  package init(project: String, rule: String, lines: [String], droppedLines: Int) {
    self.project = project
    self.rule = rule
    self.lines = lines
    self.droppedLines = droppedLines
  }
}
