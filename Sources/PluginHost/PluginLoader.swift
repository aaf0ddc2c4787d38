//! From a file to a living plugin, or one sentence why not. Everything that can be judged is judged before
//! the library is opened, because opening already runs its static initialisers.

internal import Glibc
internal import SwitchboardSDK

/// The steps, in order: read the file, judge it as ELF, judge its handshake record, open it, call
/// `switchboard_plugin_make`, check the manifest. A library is never closed again.
package struct PluginLoader: Sendable {
  private let host: PluginHandshake?

  /// Judges by this program's own handshake; tests may put another in its place.
  package init(host: PluginHandshake? = PluginHandshake.host) { self.host = host }

  package func load(_ path: String) throws(PluginRefusal) -> LoadedPlugin {
    try load(PluginFile(path))
  }

  /// What the file's handshake says, without loading it; also for plugins that would be refused.
  package func handshake(of path: String) throws(PluginRefusal) -> PluginHandshake {
    let file = try PluginFile(path)
    _ = try image(of: file)
    return try handshake(of: file)
  }

  func load(_ file: PluginFile) throws(PluginRefusal) -> LoadedPlugin {
    let image = try image(of: file)
    let handshake = try handshake(of: file)
    guard let host else { throw PluginRefusal(file: file.path, reason: .damagedHandshake) }
    if let reason = handshake.mismatch(with: host) { throw PluginRefusal(file: file.path, reason: reason) }
    for symbol in [PluginABI.handshakeSymbol, PluginABI.makeSymbol] where !image.definedSymbols.contains(symbol) {
      throw PluginRefusal(file: file.path, reason: .missingSymbol(symbol))
    }
    guard image.neededLibraries.contains(where: { $0.split(separator: "/").last == "libSwitchboardSDK.so" }) else {
      throw PluginRefusal(file: file.path, reason: .notLinkedToSDK)
    }
    let plugin = try open(file.path)
    let manifest = plugin.manifest
    if let flaw = ManifestCheck.flaw(in: manifest) {
      throw PluginRefusal(file: file.path, reason: .manifest(flaw))
    }
    return LoadedPlugin(file: file.path, handshake: handshake, manifest: manifest, plugin: plugin)
  }

  func image(of file: PluginFile) throws(PluginRefusal) -> ELFImage {
    let image: ELFImage
    do throws(ELFImage.Flaw) {
      image = try ELFImage(file.bytes, lookingFor: [PluginABI.handshakeSymbol, PluginABI.makeSymbol])
    } catch {
      let reason: PluginRefusal.Reason =
        switch error {
        case .notELF: .notELF
        case .notSharedLibrary: .notSharedLibrary
        case .truncated: .truncated
        case .damaged: .damaged
        }
      throw PluginRefusal(file: file.path, reason: reason)
    }
    guard image.machine == ELFImage.hostMachine else {
      throw PluginRefusal(
        file: file.path, reason: .otherArchitecture(wanted: ELFImage.hostMachine, found: image.machine))
    }
    return image
  }

  private func handshake(of file: PluginFile) throws(PluginRefusal) -> PluginHandshake {
    switch PluginHandshake.find(in: file.bytes) {
    case .found(let handshake): return handshake
    case .none: throw PluginRefusal(file: file.path, reason: .noHandshake)
    case .damaged: throw PluginRefusal(file: file.path, reason: .damagedHandshake)
    case .contradictory: throw PluginRefusal(file: file.path, reason: .contradictoryHandshake)
    }
  }

  /// RTLD_NOW, so that a missing symbol is an error here and not the end of the process at its first use.
  private func open(_ path: String) throws(PluginRefusal) -> any ConnectorPlugin {
    // A name without a slash would be searched for in the system's folders.
    guard let library = dlopen(path.contains("/") ? path : "./" + path, RTLD_NOW | RTLD_LOCAL) else {
      throw PluginRefusal(file: path, reason: .loading(Self.loadingError()))
    }
    guard let symbol = dlsym(library, PluginABI.makeSymbol) else {
      throw PluginRefusal(file: path, reason: .missingSymbol(PluginABI.makeSymbol))
    }
    // The handshake record vouches for the function's type: same ABI number, same compiler.
    let make = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeMutableRawPointer?).self)
    guard let box = make() else { throw PluginRefusal(file: path, reason: .madeNothing) }
    return Unmanaged<PluginBox>.fromOpaque(box).takeRetainedValue().plugin
  }

  private static func loadingError() -> String {
    guard let message = dlerror() else { return "the loader gives no reason" }
    return String(cString: message)
  }
}
