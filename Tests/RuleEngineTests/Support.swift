import FlowModel
import Foundation
import RuleEngine
import Synchronization
import SwitchboardSDK
import Testing

/// A folder of rules that goes away with the test, an engine on it, and a clock that the test moves.
final class RuleRig: Sendable {
  final class Clock: Sendable {
    let now = Mutex<Int64>(0)
    func advance(milliseconds: Int64) { now.withLock { $0 += milliseconds } }
  }

  let folder: URL
  let engine: RuleEngine
  let clock = Clock()
  let printed = PrintedLines()

  final class PrintedLines: Sendable {
    let logs = Mutex<[RuleLog]>([])
  }

  init(threadCount: Int = 1, limits: RuleLimits = .call, isOnRoomyThread: Bool = false) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    engine = RuleEngine(
      threadCount: threadCount, limits: limits, monotonicMilliseconds: { [clock] in clock.now.withLock { $0 } },
      isOnRoomyThread: { isOnRoomyThread }, onPrint: { [printed] log in printed.logs.withLock { $0.append(log) } })
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ rule: String, _ source: String, project: String = "shop") throws {
    let directory = folder.appendingPathComponent(project)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Data(source.utf8).write(to: directory.appendingPathComponent("\(rule).lua"))
  }

  @discardableResult
  func load(project: String = "shop") -> [RuleProblem] {
    engine.load(project: project, directory: folder.appendingPathComponent(project).path)
  }

  /// Loads a rule whose `on_message` has this body, and asks it.
  func answer(_ body: String, _ call: RuleCall = .sample()) async throws -> RuleDecision {
    try write("reply", "return rule { on_message = function(msg, conv, ctx)\n\(body)\nend }")
    #expect(load() == [])
    return try await engine.judge(call)
  }

  func failure(_ body: String, _ call: RuleCall = .sample()) async throws -> RuleFailure {
    try await #require(throws: RuleFailure.self) { _ = try await answer(body, call) }
  }
}

extension RuleCall {
  static func sample(
    text: String = "Сколько стоит ДОСТАВКА?", state: Value = .null, project: String = "shop", seed: UInt64 = 7
  ) -> RuleCall {
    RuleCall(
      project: project, rule: "reply",
      message: [
        "id": "m1", "text": .text(text), "from": "customer", "kind": "message",
        "sender": ["id": "77", "name": "Анна Петрова"], "chat": ["id": "u2i-1", "kind": "private"],
        "attachments": [["kind": "image", "label": "Фото"]], "reply_to": nil, "channel": "avito-main",
      ],
      conversation: [
        "key": "avito-main:u2i-1", "name": "Анна",
        "item": ["id": "1", "title": "Диван", "price": 150_000, "price_text": "150 000 ₽",
          "url": "https://example.com/1"],
        "state": state,
      ],
      now: Timestamp(milliseconds: 1_772_434_800_000), utcOffsetSeconds: 3 * 3_600, seed: seed,
      settings: ["stop_words": ["спам", "казино"], "greeting": "Здравствуйте!"])
  }
}

extension RuleDecision {
  /// `state == nil` might compare with `Value.null`, which is a value.
  var leavesState: Bool { if case .none = state { true } else { false } }
}
