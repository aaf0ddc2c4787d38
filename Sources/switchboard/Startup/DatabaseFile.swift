//! The database holds people's messages and our webhook secrets: nobody but its owner may read it.
import Foundation
import Glibc

enum DatabaseFile {
  /// Makes the file with mode 0600 and its folders with 0700 where they are missing; SQLite gives its log the same
  /// mode. What is there keeps the mode that its owner gave it. Throws `StartupFailure`.
  static func prepare(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw StartupFailure("storage: no folder can be made for \(path): \(error.localizedDescription)")
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartupFailure("storage: \(path): \(String(cString: strerror(errno)))")
    }
    close(descriptor)
  }
}
