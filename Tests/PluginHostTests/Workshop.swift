//! Builds the libraries that the tests load: real packages with `swift build`, forgeries with the C compiler.

internal import Foundation
internal import Testing

/// A temporary folder with tools; removed when the test lets go of it.
final class Workshop: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The project's root, found from this file.
  static var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ name: String, _ text: String) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Copies a file or folder of the project, symbolic links resolved, build products left out.
  func copy(_ source: String, to name: String) throws {
    let from = Self.root.appendingPathComponent(source).resolvingSymlinksInPath()
    let target = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: from, to: target)
    try? FileManager.default.removeItem(at: target.appendingPathComponent(".build"))
  }

  func replace(_ old: String, with new: String, in name: String) throws {
    let file = folder.appendingPathComponent(name)
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains(old), "\(name) no longer holds '\(old)'")
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: file)
  }

  /// Waits without holding a thread: other tests of the same program go on meanwhile.
  @discardableResult
  func run(_ command: [String]) async throws -> String {
    let log = folder.appendingPathComponent("output-\(UUID().uuidString)")
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    process.standardOutput = output
    process.standardError = output
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    try output.close()
    let text = try String(contentsOf: log, encoding: .utf8)
    try #require(status == 0, "\(command.joined(separator: " ")): \(text)")
    return text
  }

  /// Builds a package of this folder and returns the folder of its products.
  func swiftBuild(_ package: String) async throws -> String {
    let scratch = path(".build-" + package.replacingOccurrences(of: "/", with: "-"))
    try await run(["swift", "build", "--package-path", path(package), "--scratch-path", scratch])
    return scratch + "/debug"
  }

  /// A library made of C text.
  func cc(_ name: String, _ source: String, flags: [String] = []) async throws -> String {
    try write(name + ".c", source)
    try await run(["cc", "-shared", "-fPIC", "-o", path(name), path(name + ".c")] + flags)
    return path(name)
  }

  /// A library that looks like a plugin with this handshake record.
  func forgery(_ name: String, record: String, extra: String = "", flags: [String] = []) async throws -> String {
    let source = """
      const char *switchboard_plugin_handshake(void) { return "\(record)"; }
      void *switchboard_plugin_make(void) { return 0; }
      \(extra)
      """
    return try await cc(name, source, flags: flags)
  }

  /// Folder of the SDK library that this very process uses.
  static func sdkFolder() throws -> String {
    // Read to its end in pieces: files of /proc have no size.
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/maps"))
    let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix("/libSwitchboardSDK.so") })
    let path = try #require(line.firstIndex(of: "/").map { String(line[$0...]) })
    return URL(fileURLWithPath: path).deletingLastPathComponent().path
  }
}
