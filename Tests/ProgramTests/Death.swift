//! The ways in which `kill -9` meets the engine in a round: where it can be told from outside, at a known point.
import Emulators
import Foundation
import SwitchboardSDK

/// Fixed, so that a failing run is repeated with the same choices.
struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

enum Death: Sendable, Hashable {
  /// After so many more requests to Telegram.
  case afterRequests(Int)
  case afterMilliseconds(Int64)
  /// Telegram has done what it was asked for; its answer never arrives.
  case telegramDidNotAnswer
  /// Telegram has the request and does nothing with it.
  case telegramDidNothing
  /// Avito has sent the operator's answer to the customer; nobody here knows.
  case avitoDidNotAnswer
  /// Killed once more, so long after the next start began: while it opens the journal, or takes up what is open.
  case whileStarting(Int64)
  /// So long after SIGTERM, with a call under way that is never answered.
  case whileDraining(Int64)
  /// So long after SIGHUP with a changed flow.
  case whileReloading(Int64)

  /// The kind, for counting.
  var name: String { String("\(self)".prefix { $0 != "(" }) }

  static func drawn(_ round: Int, _ dice: inout Dice) -> Death {
    // In turns, so that none is left out; where exactly is drawn.
    switch round % 10 {
    case 1, 6: .afterMilliseconds(Int64.random(in: 0...120, using: &dice))
    case 2: round % 20 == 2 ? .telegramDidNotAnswer : .telegramDidNothing
    case 3: .avitoDidNotAnswer
    case 4: .whileStarting(Int64.random(in: 0...150, using: &dice))
    case 7: .whileDraining(Int64.random(in: 0...80, using: &dice))
    case 9: .whileReloading(Int64.random(in: 0...30, using: &dice))
    default: .afterRequests(Int.random(in: 1...5, using: &dice))
    }
  }

  /// Before the round's messages are written.
  func prepare(_ stage: Stage) async {
    switch self {
    case .telegramDidNotAnswer: await stage.telegram.addFault(Fault(.performThenNeverAnswer, operation: "sendMessage"))
    case .telegramDidNothing, .whileDraining:
      await stage.telegram.addFault(Fault(.neverAnswer, operation: "sendMessage"))
    case .avitoDidNotAnswer: await stage.avito.addFault(Fault(.performThenNeverAnswer, operation: "postSendMessage"))
    default: break
    }
  }

  /// After the round's messages were written; the engine is dead at the end.
  func strike(_ stage: Stage, round: Int, requestsBefore: Int) async throws {
    switch self {
    case .afterRequests(let count):
      try await Patience.until("\(count) more requests to Telegram") {
        await stage.telegram.requestLog().count >= requestsBefore + count
      }
    case .afterMilliseconds(let milliseconds): await Patience.clock.sleep(milliseconds: milliseconds)
    case .telegramDidNotAnswer, .telegramDidNothing: try await unanswered("sendMessage", stage.telegram)
    case .avitoDidNotAnswer: try await unanswered("postSendMessage", stage.avito)
    case .whileStarting(let milliseconds):
      await stage.engine.killHard()
      try await stage.engine.spawn()
      await Patience.clock.sleep(milliseconds: milliseconds)
    case .whileDraining(let milliseconds):
      try await unanswered("sendMessage", stage.telegram)
      await stage.engine.signal(SIGTERM)
      await Patience.clock.sleep(milliseconds: milliseconds)
    case .whileReloading(let milliseconds):
      try stage.house.write("flows/desk.yaml", Texts.flow + "# round \(round)\n")
      await stage.engine.signal(SIGHUP)
      await Patience.clock.sleep(milliseconds: milliseconds)
    }
    await stage.engine.killHard()
    await stage.telegram.clearFaults()
    await stage.avito.clearFaults()
  }

  private func unanswered(_ operation: String, _ emulator: some ControlledEmulator) async throws {
    try await Patience.until("a call of \(operation) without an answer") {
      await emulator.requestLog().requests.suffix(40).contains { $0.operation == operation && !$0.fault.isEmpty }
    }
  }
}
