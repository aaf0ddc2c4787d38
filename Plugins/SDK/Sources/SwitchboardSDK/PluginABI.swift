//! The plain-C handshake between the program and a plugin's library.
//!
//! What a plugin's author writes, once per library (the module's name does not matter; the product must be a
//! `.library(type: .dynamic)` that depends on SwitchboardSDK and on nothing that the host links as well):
//!
//!     import SwitchboardSDK
//!
//!     @_cdecl("switchboard_plugin_handshake")
//!     public func switchboardPluginHandshake() -> UnsafePointer<UInt8> { PluginABI.handshake }
//!
//!     @_cdecl("switchboard_plugin_make")
//!     public func switchboardPluginMake() -> UnsafeMutableRawPointer? { PluginBox.retained(EchoPlugin()) }
//!
//! The host looks for both symbols and for the handshake record in the file's bytes, and loads the library only
//! when they fit: until then no code of the plugin has run, static initialisers included.
//!
//! The two C names exist once in a program. Where several plugins' modules are linked into one test program (as the
//! bundled ones are), keep these lines in a target of their own that only the dynamic product uses.

/// The numbers that must fit before a library may be loaded, and the names it is met under.
public enum PluginABI {
  /// Raised when a plugin built before cannot work any more: a requirement without a default, a changed
  /// `@frozen` type, another handshake. Additive changes leave it alone (docs/decisions/0003-plugin-abi.md).
  public static let number = 1

  /// Returns `UnsafePointer<UInt8>`: the address of `handshake`.
  public static let handshakeSymbol = "switchboard_plugin_handshake"
  /// Returns `UnsafeMutableRawPointer?`: a retained `PluginBox`, or null when the plugin cannot work here.
  public static let makeSymbol = "switchboard_plugin_make"

  /// How a handshake record starts; nothing else in a plugin's file may.
  public static let handshakeMagic = "switchboard-plugin-handshake:"
  /// Longest record that a host reads, with magic and end.
  public static let handshakeBytesMax = 512

  /// Copied into each library that uses it, so that it tells with which SDK and compiler *that library* was built,
  /// not which SDK it runs on. ASCII: the magic, then `name=value;` members, closed by `end;` and a zero byte.
  /// Hosts skip members that they do not know.
  ///
  /// A compiler later than the last one listed gets the last line: list it when the project moves to it.
  /// A binary module is read only by the very compiler that wrote it, so the compiler that chose the line
  /// is also the one that compiles the plugin.
  @_alwaysEmitIntoClient
  public static var handshake: UnsafePointer<UInt8> {
    #if compiler(>=6.4)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.4;end;"
    #elseif compiler(>=6.3.4)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.3.4;end;"
    #elseif compiler(>=6.3.3)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.3.3;end;"
    #elseif compiler(>=6.3.2)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.3.2;end;"
    #elseif compiler(>=6.3.1)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.3.1;end;"
    #elseif compiler(>=6.3)
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.3;end;"
    #else
      let record: StaticString = "switchboard-plugin-handshake:abi=1;sdk=1.2.0;swift=6.2;end;"
    #endif
    return record.utf8Start
  }
}

/// Carries a plugin across the C entry point.
public final class PluginBox: Sendable {
  public let plugin: any ConnectorPlugin
  public init(_ plugin: any ConnectorPlugin) { self.plugin = plugin }

  /// What `switchboard_plugin_make` returns: a box that the host takes over.
  public static func retained(_ plugin: any ConnectorPlugin) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(PluginBox(plugin)).toOpaque()
  }
}
