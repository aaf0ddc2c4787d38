//! All plugins of one program, by the name their manifest gives them.

internal import Glibc
internal import SwitchboardSDK

package struct PluginRegistry: Sendable {
  /// By manifest name.
  package private(set) var plugins: [String: LoadedPlugin] = [:]
  /// One for each file or folder that was not taken, in the order met.
  package private(set) var refusals: [PluginRefusal] = []

  package subscript(name: String) -> LoadedPlugin? { plugins[name] }

  /// For diagnostics («did you mean …»), sorted.
  package var names: [String] { plugins.keys.sorted() }

  /// Loads every plugin in `folders` (each `lib*.so`, by name; subfolders are not entered) and goes on after a
  /// refusal. Libraries that have nothing of a plugin (those a plugin links) are passed over. The same folder
  /// named twice is scanned once; the same file, or two plugins of one name, are refused together:
  /// which of them would serve must not depend on the order of a folder.
  package init(scanning folders: [String], with loader: PluginLoader = PluginLoader()) {
    var seen: [PluginFile.Identity: String] = [:]
    var folderPaths: Set<String> = []
    for folder in folders {
      guard let resolved = Self.resolve(folder) else {
        refusals.append(PluginRefusal(file: folder, reason: .unreadable(PluginFile.errorText())))
        continue
      }
      guard folderPaths.insert(resolved).inserted else { continue }
      guard let names = Self.libraries(in: folder) else {
        refusals.append(PluginRefusal(file: folder, reason: .unreadable(PluginFile.errorText())))
        continue
      }
      for name in names { add(folder + (folder.hasSuffix("/") ? "" : "/") + name, &seen, loader) }
    }
    dropRivals()
  }

  private var rivals: [String: LoadedPlugin] = [:]

  private mutating func add(_ path: String, _ seen: inout [PluginFile.Identity: String], _ loader: PluginLoader) {
    do throws(PluginRefusal) {
      let file = try PluginFile(path)
      if let other = seen.updateValue(path, forKey: file.identity) {
        throw PluginRefusal(file: path, reason: .sameFile(other: other))
      }
      if try loader.image(of: file).definedSymbols.isEmpty, PluginHandshake.find(in: file.bytes) == .none { return }
      let plugin = try loader.load(file)
      let name = plugin.manifest.name
      if let other = plugins[name] {
        rivals[name] = other
        throw PluginRefusal(file: path, reason: .sameName(name, other: other.file))
      }
      plugins[name] = plugin
    } catch {
      refusals.append(error)
      if case .sameFile(let other) = error.reason { drop { $0.file == other } }
    }
  }

  private mutating func dropRivals() {
    for name in rivals.keys { plugins[name] = nil }
  }

  private mutating func drop(where isUnwanted: (LoadedPlugin) -> Bool) {
    for (name, plugin) in plugins where isUnwanted(plugin) { plugins[name] = nil }
  }

  private static func resolve(_ folder: String) -> String? {
    guard let path = realpath(folder, nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// Sorted names of `lib*.so`, the SDK's own library left out; nil when the folder cannot be read.
  private static func libraries(in folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix("lib"), name.hasSuffix(".so"), name != "libSwitchboardSDK.so" { names.append(name) }
    }
    return names.sorted()
  }
}
