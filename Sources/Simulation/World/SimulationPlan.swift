//! What one seed's world is like: how many projects and customers, and which troubles it knows.

struct SimulationPlan: Sendable {
  var projectCount: Int
  var customerCount: Int
  /// Share of calls that go wrong in some way.
  var callTroublePercent: Int
  var slowCallPercent: Int
  var slowWritePercent: Int
  var lostWriteAnswerPermille: Int
  var ruleTroublePercent: Int
  /// Weights of what may happen in a step.
  var crashWeight: Int
  var diskTroubleWeight: Int
  var stormWeight: Int
  var clockJumpWeight: Int
  var publishWeight: Int
  var dropsRuns: Bool
  /// Events that two flows listen to.
  var hasAudit: Bool
  /// Calls have a deadline, which slow ones miss.
  var hasDeadlines: Bool
  /// A flow of branches, lists and counts on the same messages.
  var hasBlocks: Bool

  init(_ chance: Chance) {
    projectCount = chance.percent(30) ? 2 : 1
    customerCount = chance.int(1...3)
    callTroublePercent = chance.percent(25) ? 0 : chance.int(5...40)
    slowCallPercent = chance.percent(60) ? 5 : 30
    slowWritePercent = chance.percent(60) ? 2 : 30
    lostWriteAnswerPermille = chance.percent(70) ? 0 : 25
    ruleTroublePercent = chance.percent(70) ? 0 : 15
    crashWeight = chance.percent(15) ? 0 : chance.int(2...14)
    diskTroubleWeight = chance.percent(50) ? 0 : 4
    stormWeight = chance.percent(50) ? 0 : 4
    clockJumpWeight = chance.percent(85) ? 0 : 3
    publishWeight = chance.percent(60) ? 0 : 4
    dropsRuns = chance.percent(20)
    hasAudit = chance.percent(40)
    hasDeadlines = chance.percent(25)
    // Not drawn yet: no world with them has been played through.
    hasBlocks = false
  }
}
