//! A file system of a few megabytes that a test can fill; unmounted when the test lets go of it.
import Foundation
import Glibc

final class SmallDisk: Sendable {
  struct Trouble: Error { let what: String }

  let path: String
  private var ballast: String { path + "/ballast" }

  /// Mounting takes more rights than most machines give.
  static let isPossible: Bool = (try? SmallDisk(megabytes: 1)) != nil

  init(megabytes: Int) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("small-disk-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    do {
      try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "switchboard-test", path)
    } catch {
      rmdir(path)
      throw error
    }
  }

  deinit {
    // Lazily: what still holds a file of it must not keep it mounted for ever.
    try? Self.run("umount", "-l", path)
    rmdir(path)
  }

  /// Takes the last byte.
  func fill() throws {
    let descriptor = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard descriptor >= 0 else { throw Trouble(what: "no ballast") }
    defer { close(descriptor) }
    let zeros = [UInt8](repeating: 0, count: 65_536)
    for size in [65_536, 4_096, 1] { while write(descriptor, zeros, size) > 0 {} }
  }

  func free() { unlink(ballast) }

  private static func run(_ command: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Trouble(what: command.joined(separator: " ")) }
  }
}

extension SmallDisk {
  /// `ro` or `rw`.
  func remount(_ mode: String) throws { try Self.run("mount", "-o", "remount,\(mode)", path) }
}
