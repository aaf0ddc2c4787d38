//! Rule files on disk: what is there, and whether it changed. Plain POSIX calls: asked each second.
internal import Glibc

/// Enough to see a change without reading the file.
struct FileStamp: Sendable, Hashable {
  var seconds: Int
  var nanoseconds: Int
  var size: Int64
  var inode: UInt64
}

enum RuleFolder {
  /// Rule names (`reply` for `reply.lua`) and stamps; empty when there is no such folder.
  static func stamps(in directory: String) -> [String: FileStamp] {
    guard let folder = opendir(directory) else { return [:] }
    defer { closedir(folder) }
    var stamps: [String: FileStamp] = [:]
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(".lua"), !name.hasPrefix("."), name.utf8.count > 4 else { continue }
      var status = stat()
      guard stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      stamps[String(name.dropLast(4))] = FileStamp(
        seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, size: Int64(status.st_size),
        inode: UInt64(status.st_ino))
    }
    return stamps
  }

  /// The bytes, one more than the limit at most; nil when the file cannot be read.
  static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: RuleLimits.fileBytesMax + 1)
    var count = 0
    while count < bytes.count {
      let size = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if size < 0, errno == EINTR { continue }
      guard size >= 0 else { return nil }
      if size == 0 { break }
      count += size
    }
    return Array(bytes.prefix(count))
  }
}
