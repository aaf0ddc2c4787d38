//! `switchboard repl RULE`: asks a rule about one message, or about each line that is typed.
import ArgumentParser
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK

struct ReplCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl",
    abstract: "Asks a rule about a message, and tells its decision and what it took.",
    discussion: """
      RULE is a file. The message is one of --message (JSON: the members of msg, or {"message", "conversation",
      "settings", "now"}, or a line of 'switchboard record'), or --text; without either each line of the input is the
      text of one. The file is read anew for each message: edit it, and ask again. What the rule leaves in conv.state is
      there for the next message.

      Exit 0: it decided. 1: it failed. 2: wrong usage.

      Example:  switchboard repl rules/demo/reply.lua --text "А доставка есть?"
                switchboard repl rules/demo/reply.lua --message message.json --json
      """)

  @Argument(help: "The rule's file.")
  var rule: String

  @Option(help: "A file with the message, as JSON.")
  var message: String?

  @Option(help: "The message's text.")
  var text: String?

  @Option(help: "The project's offset from UTC, in hours.")
  var offset = 3

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard message == nil || text == nil else { throw ValidationError("--message and --text exclude each other") }
    guard (-14...14).contains(offset) else { throw ValidationError("--offset is -14 to 14") }
  }

  func run() async throws {
    let rehearsal = RuleRehearsal()
    if let message {
      guard let data = FileManager.default.contents(atPath: message) else {
        throw StartupFailure("\(message): no such file")
      }
      guard let value = try? JSON.parse(Array(data)), value.mapValue != nil else {
        throw StartupFailure("\(message): is no JSON mapping")
      }
      guard try ask(rehearsal, RuleTrialInput(value)).isDecided else { throw ExitCode(1) }
    } else if let text {
      guard try ask(rehearsal, RuleTrialInput(["text": .text(text)])).isDecided else { throw ExitCode(1) }
    } else {
      var state = Value.null
      while let line = readLine() {
        var input = RuleTrialInput(["text": .text(line)])
        input.conversation["state"] = state
        // A file that does not load just now is no reason to go.
        state = try ask(rehearsal, input).state ?? state
      }
    }
  }

  private func ask(
    _ rehearsal: RuleRehearsal, _ input: RuleTrialInput
  ) throws -> (isDecided: Bool, state: Value?) {
    guard let bytes = FileManager.default.contents(atPath: rule) else {
      throw StartupFailure("\(rule): no such file")
    }
    let name = URL(fileURLWithPath: rule).deletingPathExtension().lastPathComponent
    let source = RuleSource(name: name, file: rule, bytes: Array(bytes))
    let trial = rehearsal.judge(
      RuleCall(
        project: "repl", rule: name, message: .map(input.message), conversation: .map(input.conversation),
        now: input.now ?? SystemClock().now(), utcOffsetSeconds: offset * 3_600, seed: 1, settings: input.settings),
      source)
    print(trial)
    guard case .success(let decision) = trial.result else { return (false, nil) }
    return (true, decision.state)
  }

  private func print(_ trial: RuleRehearsal.Trial) {
    if json { return Swift.print(JSON.text(Self.value(trial))) }
    switch trial.result {
    case .success(let decision):
      Swift.print(LogText.escaped("decision  \(JSON.text(decision.value))"))
      if let state = decision.state { Swift.print(LogText.escaped("state     \(JSON.text(state))")) }
    case .failure(let failure):
      let place = failure.line.map { "\(rule):\($0)" } ?? rule
      Swift.print(LogText.escaped("failed    \(place): \(failure.code.rawValue): \(failure.detail)"))
    }
    for line in trial.printed { Swift.print(LogText.escaped("printed   \(line)")) }
    let microseconds = trial.cpuNanoseconds / 1_000
    Swift.print(
      "took      \(microseconds) µs CPU, \(trial.usage.instructions) instructions, "
        + "\((trial.usage.peakBytes + 1_023) / 1_024) KiB")
  }

  private static func value(_ trial: RuleRehearsal.Trial) -> Value {
    var members: [String: Value] = [
      "printed": .list(trial.printed.map(Value.text)), "cpu_nanoseconds": .int(trial.cpuNanoseconds),
      "instructions": .int(Int64(trial.usage.instructions)), "peak_bytes": .int(Int64(trial.usage.peakBytes)),
    ]
    switch trial.result {
    case .success(let decision):
      members["decision"] = decision.value
      members["state"] = decision.state ?? .null
    case .failure(let failure):
      members["error"] = [
        "code": .text(failure.code.rawValue), "line": failure.line.map { .int(Int64($0)) } ?? .null,
        "detail": .text(failure.detail),
      ]
    }
    return .map(members)
  }
}

/// A message as people write it down for a rule, with what they leave out filled in.
struct RuleTrialInput {
  var message: [String: Value]
  var conversation: [String: Value] = ["key": "repl/repl/1", "name": "", "state": .null]
  var settings: Value = .map([:])
  var now: Timestamp?

  init(_ value: Value) {
    message = [
      "id": "1", "text": "", "from": "customer", "kind": "message", "sender": ["id": "1", "name": ""],
      "chat": ["id": "1", "kind": "private"], "attachments": [], "channel": "repl",
    ]
    if let event = Event(stored: value["event"]) {
      take(event, value)
      return
    }
    let written = value["message"].mapValue ?? value.mapValue ?? [:]
    message.merge(written) { $1 }
    conversation.merge(value["conversation"].mapValue ?? [:]) { $1 }
    if value["settings"].mapValue != nil { settings = value["settings"] }
    now = value["now"].intValue.map { Timestamp(seconds: $0) }
  }

  /// A recorded event.
  private mutating func take(_ event: Event, _ value: Value) {
    message["id"] = .text(event.message?.id ?? "")
    message["text"] = .text(event.message?.text ?? "")
    message["kind"] = .text(event.kind.rawValue)
    message["sender"] = event.sender.value
    message["chat"] = event.chat.value
    message["attachments"] = .list((event.message?.attachments ?? []).map(\.value))
    message["channel"] = value["connection"]
    conversation["name"] = .text(event.facts["name"].textValue ?? event.sender.name)
    conversation["item"] = event.facts["item"]
    now = value["at"].intValue.map { Timestamp(milliseconds: $0) }
  }
}
