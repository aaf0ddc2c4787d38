//! The two C names under which the host meets this plugin; a target of their own, so that test programs
//! that hold several plugins do not define them twice.
internal import SwitchboardSDK
internal import Telegram

@_cdecl("switchboard_plugin_handshake")
public func switchboardPluginHandshake() -> UnsafePointer<UInt8> { PluginABI.handshake }

@_cdecl("switchboard_plugin_make")
public func switchboardPluginMake() -> UnsafeMutableRawPointer? { PluginBox.retained(TelegramPlugin()) }
