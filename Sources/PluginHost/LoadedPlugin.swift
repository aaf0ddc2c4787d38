//! A plugin that lives in this process. It stays until the process ends: Swift code cannot be unloaded.

package import SwitchboardSDK

package struct LoadedPlugin: Sendable {
  /// Path of its library.
  package let file: String
  package let handshake: PluginHandshake
  /// Read once: a plugin cannot change what was checked.
  package let manifest: PluginManifest
  package let plugin: any ConnectorPlugin
}
