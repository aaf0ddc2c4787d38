//! The program as a person starts it: a process with arguments, in a folder of its own that goes away afterwards.
import Foundation

final class ProgramRun: Sendable {
  struct Outcome: Sendable {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: URL
  static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// The build puts the program beside the tests.
  static let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("switchboard")

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to path: String) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func copy(_ path: String, to target: String) throws {
    try write(try String(contentsOf: Self.checkout.appending(path: path), encoding: .utf8), to: target)
  }

  /// The quickstart as a reader makes it, configuration, flow and rule.
  func copyQuickstart() throws {
    try copy("switchboard.example.yaml", to: "switchboard.yaml")
    try copy("flows/quickstart/desk.yaml", to: "flows/quickstart/desk.yaml")
    try copy("rules/quickstart/reply.lua", to: "rules/quickstart/reply.lua")
  }

  /// Runs to the end. Output goes through files: a full pipe would hold the program up.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, ours in ours }
    let files = try ["out", "err"].map { name in
      try write("", to: name)
      return try FileHandle(forWritingTo: folder.appendingPathComponent(name))
    }
    process.standardOutput = files[0]
    process.standardError = files[1]
    try process.run()
    process.waitUntilExit()
    let texts = try ["out", "err"].map { name in
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
