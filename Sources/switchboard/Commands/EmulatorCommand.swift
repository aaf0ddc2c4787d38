//! `switchboard emulator telegram|avito`: the strict stand-ins as servers of their own.
import ArgumentParser
import Emulators
import Foundation
import HTTPTransport
import SwitchboardSDK

struct EmulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emulator",
    abstract: "Runs a strict emulator of a channel's API on 127.0.0.1.",
    discussion: """
      Prints `listening on 127.0.0.1:PORT` first. People are played, and faults switched on, under /_emulator/ (JSON).

      Example:  switchboard emulator telegram --port 8081
      """,
    subcommands: [TelegramCommand.self, AvitoCommand.self])

  struct Options: ParsableArguments {
    @Option(help: "TCP port; 0 takes any free one.")
    var port = 0

    @Option(help: "Requests kept in full for /_emulator/requests; 0 keeps only counts (for benchmarks).")
    var keepRequests = 10_000

    func validate() throws {
      guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
      guard keepRequests >= 0 else { throw ValidationError("--keep-requests must not be negative") }
    }
  }

  struct TelegramCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "telegram", abstract: "The Bot API, forum topics and webhooks included.",
      discussion: "Example:  switchboard emulator telegram --port 8081")
    @OptionGroup var options: Options

    @Flag(help: "Answer 429 over 30 messages a second and bot, 3 in 3 s and chat, 20 a minute and group.")
    var limits = false

    func run() async throws {
      let transport = try CurlTransport()
      var settings = TelegramEmulatorConfiguration()
      settings.port = options.port
      settings.http = transport
      settings.allowsHTTPWebhooks = true
      settings.checksFlood = limits
      settings.requestsKeptMax = options.keepRequests
      settings.messagesKeptMax = options.keepRequests == 0 ? 1_000 : 200_000
      let emulator = TelegramEmulator(configuration: settings)
      try await EmulatorCommand.serve {
        try await emulator.run()
      } address: {
        try await emulator.baseURL()
      }
      await transport.shutdown()
    }
  }

  struct AvitoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "avito", abstract: "The Messenger API, webhooks and file links included.",
      discussion: "Example:  switchboard emulator avito --port 8082")
    @OptionGroup var options: Options

    func run() async throws {
      let transport = try CurlTransport()
      let emulator = AvitoEmulator(port: options.port, http: transport, keptRequestsMax: options.keepRequests)
      try await EmulatorCommand.serve {
        try await emulator.run()
      } address: {
        try await emulator.url()
      }
      await transport.shutdown()
    }
  }

  /// Runs a server and says where it listens, in the form that scripts read.
  private static func serve(
    _ run: @escaping @Sendable () async throws -> Void, address: @escaping @Sendable () async throws -> String
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await run() }
      let url = try await address()
      print("listening on \(url.replacingOccurrences(of: "http://", with: ""))")
      fflush(nil)
      try await group.next()
      group.cancelAll()
    }
  }
}
