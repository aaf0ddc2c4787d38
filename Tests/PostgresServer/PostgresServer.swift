//! A real PostgreSQL for the tests: made in a temporary folder, on a free port of loopback, stopped by its own
//! process id, and also when the test process dies.
package import Foundation
import Glibc
import Synchronization

package final class PostgresServer: Sendable {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package static let user = "tester"
  package static let password = "s3cret-of-the-tests"

  /// Whether this machine has a PostgreSQL that can be started.
  package static let isAvailable: Bool = binaries != nil && (getuid() != 0 || getpwnam("postgres") != nil)

  /// One server a test process, started by the first who asks.
  private static let common = Mutex<PostgresServer?>(nil)

  package static func shared() throws -> PostgresServer {
    try common.withLock { common in
      if let common { return common }
      let server = try PostgresServer()
      common = server
      return server
    }
  }

  package let port: Int
  package let folder: URL
  private let options: [String]
  private let running = Mutex<Running?>(nil)

  private struct Running {
    var process: Process
    /// Open as long as the server shall live: its keeper reads to the end of it.
    var life: Pipe
  }

  /// Starts a server of its own. `options`: further settings, as `shared_buffers=64MB`.
  package init(options: [String] = ["fsync=off", "full_page_writes=off"]) throws {
    guard Self.isAvailable, let binaries = Self.binaries else { throw Failure(description: "no PostgreSQL here") }
    folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("pg-\(UUID().uuidString)")
    port = try Self.freePort()
    self.options = options
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let password = folder.appendingPathComponent("password")
    try Data(Self.password.utf8).write(to: password)
    if getuid() == 0, let owner = getpwnam("postgres") {
      // PostgreSQL refuses to run as root.
      for path in [folder.path, password.path] { chown(path, owner.pointee.pw_uid, owner.pointee.pw_gid) }
    }
    _ = try Self.run(
      Self.asServer + [
        "\(binaries)/initdb", "--pgdata=\(data)", "--username=\(Self.user)", "--pwfile=\(password.path)",
        "--auth-host=scram-sha-256", "--auth-local=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
      ])
    try start()
  }

  deinit {
    stop(with: SIGINT)
    try? FileManager.default.removeItem(at: folder)
  }

  private var data: String { folder.appendingPathComponent("data").path }

  /// The address of a schema of its own in the server's one database.
  package func url(
    schema: String = PostgresServer.freshSchema(), password: String = PostgresServer.password
  ) -> String {
    "postgres://\(Self.user):\(password)@127.0.0.1:\(port)/postgres?schema=\(schema)"
  }

  package static func freshSchema() -> String {
    "t" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
  }

  /// Runs SQL and returns its rows as text.
  @discardableResult
  package func run(_ sql: String) throws -> String {
    try Self.run([
      "\(Self.binaries ?? "")/psql", "-h", folder.path, "-p", "\(port)", "-U", Self.user, "-d", "postgres", "-v",
      "ON_ERROR_STOP=1", "-XAtqc", sql,
    ])
  }

  /// As a power cut for the server's processes: nobody says farewell, the next start recovers from the log.
  package func crash() { stop(with: SIGQUIT) }

  package func start() throws {
    let binaries = Self.binaries ?? ""
    let settings =
      [
        "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=\(folder.path)", "max_connections=200",
        "shared_buffers=32MB", "log_min_messages=fatal", "max_prepared_transactions=10",
      ] + options
    let process = Process()
    let life = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The keeper: ends the server fast when the pipe closes, whatever the reason.
    let keeper = "\"$@\" & server=$!; trap : INT; cat >/dev/null; kill -INT $server; wait $server"
    process.arguments =
      ["-c", keeper, "sh"] + Self.asServer + ["\(binaries)/postgres", "-D", data] + settings.flatMap { ["-c", $0] }
    process.standardInput = life
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    running.withLock { $0 = Running(process: process, life: life) }
    let isReady = "until \(binaries)/pg_isready -q -h \(folder.path) -p \(port); do sleep 0.02; done"
    do { _ = try Self.run(["timeout", "60", "sh", "-c", isReady]) } catch {
      throw Failure(description: "PostgreSQL does not start")
    }
  }

  /// SIGINT ends it fast, SIGQUIT at once without a checkpoint.
  package func stop(with signal: Int32 = SIGINT) {
    guard let taken = running.withLock({ running in
      defer { running = nil }
      return running
    }) else { return }
    if let server = serverProcess {
      kill(server, signal)
      thaw()
    }
    try? taken.life.fileHandleForWriting.close()
    taken.process.waitUntilExit()
  }

  /// Stops all of its processes where they stand (SIGSTOP): connections stay open, and nobody answers.
  package func freeze() { for process in processes { kill(process, SIGSTOP) } }

  package func thaw() { for process in processes.reversed() { kill(process, SIGCONT) } }

  /// The postmaster, then its children: no further one is born once it stands still.
  private var processes: [pid_t] {
    guard let server = serverProcess else { return [] }
    let children = try? String(contentsOfFile: "/proc/\(server)/task/\(server)/children", encoding: .utf8)
    return [server] + (children ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  /// The postmaster's process id, from its own note.
  package var serverProcess: pid_t? {
    let note = try? String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
    return note?.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  /// The newest installed version.
  private static let binaries: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap { Int($0) }.sorted().last.map { "\(root)/\($0)/bin" }
  }()

  private static var asServer: [String] {
    getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
  }

  private static func run(_ command: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: text) }
    return text.trimmingCharacters(in: .newlines)
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw Failure(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
