//! The smallest useful plugin, quoted by docs/plugin-guide.md: a channel that only talks to itself.

import SwitchboardSDK

@_cdecl("switchboard_plugin_handshake")
public func switchboardPluginHandshake() -> UnsafePointer<UInt8> { PluginABI.handshake }

@_cdecl("switchboard_plugin_make")
public func switchboardPluginMake() -> UnsafeMutableRawPointer? { PluginBox.retained(EchoPlugin()) }

struct EchoPlugin: ConnectorPlugin {
  let manifest = PluginManifest(
    name: "echo",
    version: "1.0.0",
    summary: "Hands every text that is sent back as a message of the other side.",
    settings: [
      SettingField("prefix", .text, help: "Put in front of what comes back.", defaultValue: "> "),
      SettingField("delay", .duration, help: "Waits before it answers.", defaultValue: 0, minimum: 0, maximum: 60_000),
    ],
    capabilities: ConnectorCapabilities(textScalarsMax: 200, receivesByWebhook: true),
    actions: [
      ActionDeclaration(
        "shout", summary: "Returns a text in capitals.",
        arguments: [SettingField("text", .text, help: "What to shout.", isRequired: true)])
    ])

  func connect(_ context: ConnectionContext) throws(PluginError) -> any Connector {
    guard let prefix = context.settings["prefix"].textValue, prefix.unicodeScalars.count <= 20 else {
      throw PluginError(.settings, "'prefix' must be a text of at most 20 characters")
    }
    return EchoConnector(context: context, prefix: prefix)
  }
}
