//! The plain-C handshake between the program and a plugin's library.

/// Carries a plugin across the C entry point.
public final class PluginBox: Sendable {
  public let plugin: any ConnectorPlugin
  public init(_ plugin: any ConnectorPlugin) { self.plugin = plugin }
}
