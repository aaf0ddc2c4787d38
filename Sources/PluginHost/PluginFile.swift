//! A candidate file, read once and with care: sizes are bounded, directories and devices are refused.

internal import Glibc

struct PluginFile: Sendable {
  static let bytesMax = 256 << 20

  /// Tells files apart whatever path leads to them.
  struct Identity: Sendable, Hashable {
    var device: UInt64
    var inode: UInt64
  }

  let path: String
  let identity: Identity
  let bytes: [UInt8]

  init(_ path: String) throws(PluginRefusal) {
    // Without waiting: opening a pipe for reading would block until somebody writes.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw PluginRefusal(file: path, reason: .unreadable(Self.errorText())) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw PluginRefusal(file: path, reason: .unreadable(Self.errorText()))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw PluginRefusal(file: path, reason: .notAFile) }
    guard status.st_mode & S_IWOTH == 0 else { throw PluginRefusal(file: path, reason: .worldWritable) }
    guard status.st_size > 0 else { throw PluginRefusal(file: path, reason: .empty) }
    guard status.st_size <= Self.bytesMax else {
      throw PluginRefusal(file: path, reason: .tooLarge(bytesMax: Self.bytesMax))
    }
    let size = Int(status.st_size)
    var failure: String?
    bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { failure = Self.errorText() }
        if count <= 0 { break }
        filled += count
      }
    }
    if let failure { throw PluginRefusal(file: path, reason: .unreadable(failure)) }
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    self.path = path
  }

  static func errorText() -> String {
    var text = [UInt8](repeating: 0, count: 256)
    let code = errno
    let status = text.withUnsafeMutableBytes { buffer -> Int32 in
      guard let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
      return strerror_r(code, start, buffer.count)
    }
    return status == 0 ? String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) : "error \(code)"
  }
}
