//! `kill -9` in a loop: what the dead process had acknowledged is there, whole.
import Foundation
import JournalCore
import JournalSQLite
import SwitchboardSDK
import Testing

struct KillTests {
  @Test func `what was acknowledged before kill -9 is there afterwards`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("journal.db")
    var dice = Dice(state: 2_026)
    var acknowledged = 0
    for round in 0..<20 {
      let lines = try Self.linesOfKilledChild(file, round: round, after: Int.random(in: 1...600, using: &dice))
      acknowledged += lines.count
      try await Self.check(lines, in: file)
    }
    #expect(acknowledged > 1_000)
  }

  /// Starts a writer, kills it once it has acknowledged so many things, and returns all that it had acknowledged.
  private static func linesOfKilledChild(_ file: String, round: Int, after count: Int) throws -> [Substring] {
    let child = Process()
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    child.executableURL = folder.appendingPathComponent("JournalCrashChild")
    child.arguments = [file, "\(round)"]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    var output = Data()
    var isKilled = false
    while true {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      output.append(data)
      if !isKilled, output.count(where: { $0 == 10 }) >= count {
        kill(child.processIdentifier, SIGKILL)
        isKilled = true
      }
    }
    child.waitUntilExit()
    try #require(isKilled, "the writer ended by itself: \(String(decoding: output.suffix(300), as: UTF8.self))")
    return String(decoding: output, as: UTF8.self).split(separator: "\n")
  }

  private static func check(_ lines: [Substring], in file: String) async throws {
    let journal = try SQLiteJournal(path: file)
    for line in lines {
      let words = line.split(separator: " ")
      let number = try #require(words.dropFirst().first.flatMap { Int64($0) })
      switch words[0] {
      case "event":
        let record = IntakeRecord(
          project: "shop", connection: "avito", externalID: String(words[2]), conversation: "",
          receivedAt: .init(milliseconds: 0), payload: [], runs: [])
        #expect(try await journal.append([record]) == [Receipt(event: number, isDuplicate: true, runs: [])])
      case "sending":
        let delivery = try #require(try await journal.deliveries(of: number).first)
        #expect(delivery.state == .sending || delivery.state == .sent)
      case "done":
        #expect(try await journal.run(number)?.status == .done)
        let delivery = try #require(try await journal.deliveries(of: number).first)
        #expect(delivery.state == .sent)
        #expect(
          try await journal.isOwnMessage(
            connection: "desk", chat: delivery.chat, messageID: delivery.remoteIDs.first ?? ""))
      default: Issue.record("the writer said: \(line)")
      }
    }
    await journal.close()
  }
}
