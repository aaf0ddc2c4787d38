//! One connection with everything around it, built through the plugin's own door.
internal import Foundation
internal import SwitchboardSDK
internal import Telegram

/// Swift Testing has an `Attachment` too; in this module the word means the SDK's.
typealias Attachment = SwitchboardSDK.Attachment

struct Scene {
  static let token = "7000000001:AAH-secret_Secret_secret"
  static let apiBase = "https://api.telegram.org"

  let http: ScriptedHTTP
  let intake: RecordingIntake
  let clock = VirtualClock()
  let store: MemoryStore
  let log = RecordingLog()
  let health = RecordingHealth()
  let connector: any Connector

  init(
    _ script: [ScriptedHTTP.Step] = [], settings: [String: Value] = [:], intake: RecordingIntake = RecordingIntake(),
    store: MemoryStore = MemoryStore(), file: Result<FetchedFile, ActionError>? = nil,
    webhookURL: String? = nil, webhookHeaderSecret: String? = nil
  ) throws(PluginError) {
    let http = ScriptedHTTP(script)
    self.http = http
    self.intake = intake
    self.store = store
    let merged: [String: Value] = ["token": .text(Self.token), "group": -100500, "poll_timeout": 25_000]
      .merging(settings) { _, given in given }
    let files = file.map { FakeFiles(result: $0) } ?? FakeFiles()
    var context = ConnectionContext(
      connection: "desk", project: "shop", settings: .map(merged), intake: intake, http: http, log: log, clock: clock,
      store: store, files: files, webhookURL: webhookURL, webhookHeaderSecret: webhookHeaderSecret)
    context.health = health
    connector = try TelegramPlugin().connect(context)
  }

  /// One update through the webhook door, and the events that came of it.
  static func events(of update: Value) async throws -> [Event] {
    let scene = try Scene()
    let answer = await scene.connector.receive(WebhookRequest(headers: [:], body: JSON.bytes(update)))
    guard answer.status == 200 else { throw ActionError(.invalid, answer.detail) }
    return scene.intake.events
  }

  func send(_ text: String, thread: String? = nil, attachment: Attachment? = nil, buttons: [[Button]] = [])
    async throws(ActionError) -> ActionResult
  {
    try await connector.perform(
      Action(
        name: "send", idempotencyKey: "k1", chat: "-100500", thread: thread,
        message: OutgoingMessage(text: text, attachment: attachment, buttons: buttons)))
  }
}

/// Reference data outside the repository; tests that need it are skipped where it is absent.
enum Reference {
  static let folder: String? = {
    let files = FileManager.default
    if let given = ProcessInfo.processInfo.environment["SWITCHBOARD_SHARED"] {
      return files.fileExists(atPath: given) ? given : nil
    }
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("shared").path
      if files.fileExists(atPath: candidate + "/reference/specs") { return candidate }
      folder.deleteLastPathComponent()
    }
    return nil
  }()

  static func json(_ name: String) throws -> Value {
    guard let folder else { return .null }
    return try JSON.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/reference/specs/telegram/\(name)"))))
  }
}
