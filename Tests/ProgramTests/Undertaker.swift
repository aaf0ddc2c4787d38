//! Children die with the test process, however that ends: a shell beside it knows their numbers and reads a pipe to its
//! end. An engine that outlived a killed test would hold its port, its database and a core for ever.
import Foundation
import Glibc
import Synchronization

final class Undertaker: Sendable {
  static let common = Undertaker()

  /// The pipe's writing end; nil when the shell could not be started.
  private let pipe: Mutex<FileHandle?>
  private static let script = """
    known=' '
    while read -r word number; do
      case $word in
        follow) known="$known$number " ;;
        forget) known="${known%% $number *} ${known#* $number }" ;;
      esac
    done
    for number in $known; do kill -KILL "$number" 2>/dev/null; done
    """

  init() {
    let life = Pipe()
    // None of the children may keep it open.
    _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "trap '' INT TERM HUP; " + Self.script]
    shell.standardInput = life
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    pipe = Mutex((try? shell.run()) == nil ? nil : life.fileHandleForWriting)
  }

  func follow(_ process: Int32) { tell("follow \(process)\n") }

  /// Its number may be somebody else's soon.
  func forget(_ process: Int32) { tell("forget \(process)\n") }

  private func tell(_ line: String) { pipe.withLock { try? $0?.write(contentsOf: Data(line.utf8)) } }
}
