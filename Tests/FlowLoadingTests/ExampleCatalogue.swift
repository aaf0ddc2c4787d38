import FlowLoading
import SwitchboardSDK

extension Catalogue {
  /// The project of the contract's examples.
  static let example = Catalogue(
    project: "shop", connections: ["avito-main": avito, "desk": telegram, "shop-bot": telegram, "broken": nil],
    rules: ["reply"], settings: ["stop_words": ["спам"], "greeting": "Здравствуйте!", "vip_from": 100_000])

  private static let avito = PluginManifest(
    name: "avito", version: "1", summary: "", settings: [],
    capabilities: ConnectorCapabilities(textScalarsMax: 1_000, receivesByPolling: true))

  private static let telegram = PluginManifest(
    name: "telegram", version: "1", summary: "", settings: [],
    capabilities: ConnectorCapabilities(
      textScalarsMax: 4_096, hasThreads: true, threadTitleScalarsMax: 128, receivesByPolling: true),
    actions: [
      ActionDeclaration(
        "answer_callback", summary: "",
        arguments: [
          SettingField("id", .text, help: "", isRequired: true), SettingField("text", .text, help: ""),
          SettingField("alert", .bool, help: ""),
        ])
    ])
}
