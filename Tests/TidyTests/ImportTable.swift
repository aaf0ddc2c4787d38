//! Who may import whom: the table of docs/architecture.md in a form that a test can hold the tree against.

enum ImportTable {
  /// The standard library and the system; harmless everywhere but in the pure targets.
  static let system: Set<String> = ["Glibc", "Musl", "Synchronization", "Dispatch"]
  private static let server: Set<String> = [
    "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypes", "Logging",
    "ServiceLifecycle", "UnixSignals",
  ]

  /// Anything absent is forbidden. A target that is not listed may not exist.
  static let allowed: [String: Set<String>] = [
    "SwitchboardSDK": [],
    "FlowModel": ["SwitchboardSDK"],
    "FlowLoading": ["SwitchboardSDK", "FlowModel", "CYAML", "Glibc"],
    "FlowGraph": ["SwitchboardSDK", "FlowModel"],
    "RuleEngine": system.union(["SwitchboardSDK", "FlowModel", "CLua", "CLinux"]),
    "JournalCore": ["SwitchboardSDK", "FlowModel", "Synchronization"],
    "JournalSQLite": system.union(["SwitchboardSDK", "FlowModel", "JournalCore", "GRDB", "GRDBSQLite", "Foundation"]),
    "JournalPostgres": system.union(["SwitchboardSDK", "FlowModel", "JournalCore", "CPQ"]),
    "PluginHost": system.union(["SwitchboardSDK", "FlowModel", "Foundation"]),
    "HTTPTransport": system.union(["SwitchboardSDK", "CCurl", "CLinux"]),
    "FlowEngine": system.union([
      "SwitchboardSDK", "FlowModel", "JournalCore", "DequeModule", "HeapModule", "Logging", "ServiceLifecycle",
    ]),
    "Simulation": system.union(["SwitchboardSDK", "FlowModel", "JournalCore", "FlowEngine", "Logging"]),
    "FlowCases": system.union([
      "SwitchboardSDK", "FlowModel", "FlowLoading", "RuleEngine", "JournalCore", "FlowEngine", "Simulation", "Logging",
      "Foundation",
    ]),
    "Gateway": system.union(server).union(["SwitchboardSDK", "JournalCore"]),
    "Emulators": system.union(server).union(["SwitchboardSDK", "Foundation"]),
    "ServiceLogs": system.union(["SwitchboardSDK", "Logging"]),
  ]
  /// A plugin gets everything from the SDK; a C library of its own would stand here by name.
  static let allowedInPlugins: Set<String> = system.union([
    "SwitchboardSDK", "Foundation", "FoundationEssentials", "FoundationNetworking",
  ])
  /// Wires everything together, and so may name everything.
  static let unrestricted: Set<String> = ["switchboard"]

  static func mayImport(_ module: String, in file: SourceFile) -> Bool {
    guard let target = file.target, !unrestricted.contains(target) else { return true }
    if file.isPlugin { return allowedInPlugins.contains(module) || module == file.plugin }
    return allowed[target, default: []].contains(module)
  }
}
