//! The Lua part of `switchboard schema`: annotations of the rule API for lua-language-server.
import Foundation
import RuleEngine

enum LuaSchema {
  /// Writes the annotations below a folder, and `.luarc.json` into the folder around it, unless there is one: it may
  /// be somebody's own. Gives the paths that were written.
  static func write(to folder: String) throws -> [String] {
    let library = folder + "/lua"
    var written: [String] = []
    do {
      try FileManager.default.createDirectory(atPath: library, withIntermediateDirectories: true)
      for file in RuleAnnotations.files {
        try Data(file.text.utf8).write(to: URL(fileURLWithPath: "\(library)/\(file.name)"))
        written.append("\(library)/\(file.name)")
      }
      let configuration = URL(fileURLWithPath: folder).deletingLastPathComponent().appendingPathComponent(".luarc.json")
      if !FileManager.default.fileExists(atPath: configuration.path) {
        let path = URL(fileURLWithPath: folder).lastPathComponent + "/lua"
        try Data(RuleAnnotations.configuration(library: path).utf8).write(to: configuration)
        written.append(PathText.shown(configuration.path))
      }
    } catch let error as CocoaError {
      throw StartupFailure("\(library): \(error.localizedDescription)")
    }
    return written
  }
}
