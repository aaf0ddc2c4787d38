//! The rules of one project that serve now, and what their folder looked like when it was last read.

struct RuleBook: Sendable {
  let project: String
  let directory: String
  private(set) var serving: [String: RuleSource] = [:]
  private var stamps: [String: FileStamp] = [:]

  init(project: String, directory: String) {
    self.project = project
    self.directory = directory
  }

  /// Puts rules in force that were checked before, all at once.
  mutating func serve(_ sources: [RuleSource]) {
    serving = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  /// Reads what changed. A file that gives no rule leaves its older version serving.
  mutating func reload(all: Bool = false) -> [RuleReloadReport] {
    let found = RuleFolder.stamps(in: directory)
    if !all, found == stamps { return [] }
    var reports: [RuleReloadReport] = []
    for name in stamps.keys.sorted() where found[name] == nil {
      serving[name] = nil
      reports.append(RuleReloadReport(project: project, rule: name, outcome: .removed))
    }
    for (name, stamp) in found.sorted(by: { $0.key < $1.key }) where all || stamps[name] != stamp {
      if let report = read(name) { reports.append(report) }
    }
    stamps = found
    return reports
  }

  private mutating func read(_ name: String) -> RuleReloadReport? {
    let path = "\(directory)/\(name).lua"
    func kept(_ problem: RuleProblem) -> RuleReloadReport {
      let outcome = RuleReloadReport.Outcome.kept(version: serving[name]?.version, problems: [problem])
      return RuleReloadReport(project: project, rule: name, outcome: outcome)
    }
    guard let bytes = RuleFolder.read(path) else {
      return kept(RuleProblem(.unreadable, file: path, message: "the file cannot be read"))
    }
    let source = RuleSource(name: name, file: path, bytes: bytes)
    if source == serving[name] { return nil }
    if let refusal = RuleCheck.refusal(of: source) { return kept(refusal) }
    serving[name] = source
    return RuleReloadReport(project: project, rule: name, outcome: .loaded(version: source.version))
  }
}
