//! The Avito Messenger connector: what it is called, what it takes, what it can do.

package import SwitchboardSDK

package struct AvitoPlugin: ConnectorPlugin {
  package init() {}

  package var manifest: PluginManifest {
    var manifest = PluginManifest(
      name: "avito",
      version: "1.0.0",
      summary: "Avito Messenger: chats of one Avito account, by polling or webhook v3.",
      settings: [
        SettingField("client_id", .secret, help: "Client id of the account's API key.", isRequired: true),
        SettingField("client_secret", .secret, help: "Client secret of the account's API key.", isRequired: true),
        SettingField("user_id", .int, help: "Number of the account; asked from Avito when absent.", minimum: 1),
        SettingField("api_base", .text, help: "Address of the API.", defaultValue: "https://api.avito.ru"),
        SettingField("proxy", .secret, help: "HTTP or SOCKS5 proxy, with credentials if it wants them."),
        SettingField(
          "poll_every", .duration, help: "Pause between two looks for unread chats.", defaultValue: 5_000,
          minimum: 1_000, maximum: 600_000),
        SettingField(
          "chat_types", .textList, help: "Which chats to poll: u2i (about an item), u2u (between people).",
          defaultValue: ["u2i", "u2u"]),
      ],
      // One message carries a text or a picture, never both (channels: "Sending is text or image only").
      capabilities: ConnectorCapabilities(
        textScalarsMax: AvitoLimits.textScalarsMax, attachmentKinds: [.image],
        fileBytesMax: AvitoLimits.imageBytesMax, receivesByPolling: true, receivesByWebhook: true,
        concurrentActionsMax: 8, canReconcile: true))
    // Avito publishes no figure for its messenger; clients get along with 500 requests a minute and account. This
    // leaves 200 of them to receiving.
    manifest.pacing = ConnectorPacing(connection: RateLimit(calls: 10, perMilliseconds: 2_000))
    return manifest
  }

  package func connect(_ context: ConnectionContext) throws(PluginError) -> any Connector {
    AvitoConnector(context: context, settings: try AvitoSettings(context))
  }
}

/// Limits of the API (Avito's messenger document) and of our own patience.
