//! The door of the plugin: what it says about itself. The C symbols that the program looks for are in TelegramEntry.
public import SwitchboardSDK

/// Telegram through the Bot API. Next: `TelegramConnector`.
public struct TelegramPlugin: ConnectorPlugin {
  public init() {}

  public var manifest: PluginManifest {
    var manifest = PluginManifest(
      name: "telegram", version: "1.0.0",
      summary: "Telegram bots: private chats, groups and forum topics, through the Bot API.",
      settings: Self.settings,
      capabilities: ConnectorCapabilities(
        textScalarsMax: 4_096, captionScalarsMax: 1_024,
        attachmentKinds: [.image, .voice, .audio, .video, .document],
        fileBytesMax: BotAPI.uploadBytesMax, hasThreads: true, threadTitleScalarsMax: 128,
        receivesByPolling: true, receivesByWebhook: true, concurrentActionsMax: 512),
      actions: Self.actions)
    manifest.pacing = Self.pacing
    return manifest
  }

  /// The figures of core.telegram.org/bots/faq ("My bot is hitting limits"): 30 messages a second, one a second in a
  /// chat where short bursts pass, 20 a minute in a group. Edits, pins and new topics are counted as messages: the FAQ
  /// leaves them out, and a 429 costs more than a second's patience.
  private static let pacing = ConnectorPacing(
    connection: RateLimit(calls: 30, perMilliseconds: 1_000), chat: RateLimit(calls: 3, perMilliseconds: 3_000),
    group: RateLimit(calls: 20, perMilliseconds: 60_000), groupPrefix: "-",
    actionsOutsideChats: ["answer_callback"])

  public func connect(_ context: ConnectionContext) throws(PluginError) -> any Connector {
    TelegramConnector(context: context, settings: try TelegramSettings(context.settings))
  }

  private static let settings: [SettingField] = [
    SettingField("token", .secret, help: "The bot's token, as BotFather gave it.", isRequired: true),
    SettingField("group", .int, help: "Chat id of the work group (ask the bot /getid there)."),
    SettingField(
      "api_base", .text, help: "Another Bot API server: an emulator, or a local one.",
      defaultValue: .text(TelegramSettings.apiBaseDefault)),
    SettingField("proxy", .secret, help: "Proxy for all calls: http://user:password@host:port, socks5h://…"),
    SettingField(
      "poll_timeout", .duration, help: "How long Telegram holds one empty getUpdates call.",
      defaultValue: .int(25_000), minimum: 1_000, maximum: 50_000),
  ]

  /// Beyond `send`, `open_thread` and `pin`, which the engine knows of every channel with threads.
  private static let actions: [ActionDeclaration] = [
    ActionDeclaration(
      "answer_callback", summary: "Ends the waiting of a pressed button, with a note if `text` is given.",
      arguments: [
        SettingField("id", .text, help: "`event.callback.id`", isRequired: true),
        SettingField("text", .text, help: "Up to 200 characters."),
        SettingField("alert", .bool, help: "Show the note as a window.", defaultValue: .bool(false)),
      ]),
    ActionDeclaration(
      "edit", summary: "Replaces the text of a message the bot has sent; its buttons go.",
      arguments: [
        SettingField("message_id", .text, help: "The message to change.", isRequired: true),
        SettingField("text", .text, help: "The new text.", isRequired: true),
      ]),
  ]
}
