//! How this process is known to the other nodes over the same database.
import Glibc
import JournalCore

enum NodeName {
  /// What the command line says stands above the configuration; else the host's name, and where we listen.
  static func identity(of plan: InstallationPlan) -> NodeIdentity {
    NodeIdentity(name: plan.node ?? hostName, address: plan.advertisedURL ?? listenAddress(plan) ?? "")
  }

  private static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "node" }
    let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return name.isEmpty ? "node" : String(decoding: name, as: UTF8.self)
  }

  /// Nil when nobody could call it: every address of the machine, or a port that is not known yet.
  private static func listenAddress(_ plan: InstallationPlan) -> String? {
    guard plan.port != 0, plan.host != "0.0.0.0", plan.host != "::", plan.host != "*" else { return nil }
    return "http://\(plan.host):\(plan.port)"
  }
}
