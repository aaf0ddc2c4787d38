// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // Everything is `package` and lies in a dozen modules: without this no generic and no small function of another
  // module is specialised or inlined (a tenth of the processor time of a message, docs/performance.md). Traps on
  // overflow and bounds stay: there is no -Ounchecked here.
  .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let sdk: Target.Dependency = .product(name: "SwitchboardSDK", package: "SDK")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")

func tests(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: [sdk] + dependencies, path: path, exclude: exclude, swiftSettings: settings)
}

func plugin(_ name: String) -> [Target] {
  let sources = "Plugins/\(name)/Sources"
  return [
    .target(name: name, dependencies: [sdk], path: "\(sources)/\(name)", swiftSettings: settings),
    .target(
      name: "\(name)Entry", dependencies: [sdk, .target(name: name)], path: "\(sources)/\(name)Entry",
      swiftSettings: settings),
    tests("\(name)Tests", [.target(name: name)], path: "Plugins/\(name)/Tests/\(name)Tests"),
  ]
}

// Targets are listed bottom-up: each may import only what stands above it (docs/architecture.md).
let package = Package(
  name: "switchboard",
  products: [
    .executable(name: "switchboard", targets: ["switchboard"]),
    // Loaded at run time with dlopen; nothing links them.
    .library(name: "SwitchboardTelegram", type: .dynamic, targets: ["TelegramEntry"]),
    .library(name: "SwitchboardAvito", type: .dynamic, targets: ["AvitoEntry"]),
  ],
  dependencies: [
    .package(path: "Plugins/SDK"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries of the system, each behind one target.
    .systemLibrary(name: "CYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPQ", path: "Sources/CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CLua", linkerSettings: [.linkedLibrary("lua5.4")]),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "CLinux"),

    // Pure values and decisions: no I/O, no clock.
    .target(name: "FlowModel", dependencies: [sdk], swiftSettings: settings),
    // YAML to FlowModel, and every diagnostic.
    .target(name: "FlowLoading", dependencies: [sdk, "FlowModel", "CYAML"], swiftSettings: settings),
    // A flow as a picture.
    .target(name: "FlowGraph", dependencies: [sdk, "FlowModel"], swiftSettings: settings),
    // Lua rules in their sandbox.
    .target(name: "RuleEngine", dependencies: [sdk, "FlowModel", "CLua", "CLinux"], swiftSettings: settings),
    // The journal's protocol and its store in memory.
    .target(name: "JournalCore", dependencies: [sdk, "FlowModel"], swiftSettings: settings),
    .target(
      name: "JournalSQLite",
      dependencies: [
        sdk, "FlowModel", "JournalCore", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
    // The store in a PostgreSQL database, through libpq.
    .target(
      name: "JournalPostgres", dependencies: [sdk, "FlowModel", "JournalCore", "CPQ"], swiftSettings: settings),
    // dlopen, handshake, lifecycle of plugins.
    .target(name: "PluginHost", dependencies: [sdk, "FlowModel"], swiftSettings: settings),
    // libcurl behind the SDK's HTTP port.
    .target(name: "HTTPTransport", dependencies: [sdk, "CCurl", "CLinux"], swiftSettings: settings),
    // The rooms a message walks through.
    .target(
      name: "FlowEngine",
      dependencies: [
        sdk, "FlowModel", "JournalCore", logging, lifecycle,
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    // The whole engine on virtual time, from a seed; what the tests and `switchboard simulate` play.
    .target(
      name: "Simulation", dependencies: [sdk, "FlowModel", "JournalCore", "FlowEngine", logging],
      swiftSettings: settings),
    // Cases of flows and rules: the whole engine on virtual time, without the network.
    .target(
      name: "FlowCases",
      dependencies: [
        sdk, "FlowModel", "FlowLoading", "RuleEngine", "JournalCore", "FlowEngine", "Simulation", logging,
      ],
      swiftSettings: settings),
    // HTTP: webhooks and health.
    .target(
      name: "Gateway",
      dependencies: [
        sdk, "JournalCore", hummingbirdCore, logging, lifecycle,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    // One line a record, secrets masked.
    .target(name: "ServiceLogs", dependencies: [sdk, logging], swiftSettings: settings),
    // Strict stand-ins for the Telegram and Avito APIs, for demo, tests and owners' trials.
    .target(
      name: "Emulators",
      dependencies: [
        sdk, hummingbird, hummingbirdCore, logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: settings),
    // Wiring and commands, one file a verb.
    .executableTarget(
      name: "switchboard",
      dependencies: [
        sdk, "FlowModel", "FlowLoading", "FlowGraph", "RuleEngine", "JournalCore", "JournalSQLite", "JournalPostgres",
        "PluginHost", "HTTPTransport", "FlowEngine", "Simulation", "FlowCases", "Gateway", "ServiceLogs", "Emulators",
        "CLinux", logging,
        lifecycle,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // Tests, and what only tests use.
    .target(
      name: "JournalConformance", dependencies: [sdk, "FlowModel", "JournalCore"], path: "Tests/JournalConformance",
      swiftSettings: settings),
    .target(name: "PostgresServer", path: "Tests/PostgresServer", swiftSettings: settings),
    .executableTarget(
      name: "JournalCrashChild", dependencies: [sdk, "JournalCore", "JournalSQLite"], path: "Tests/JournalCrashChild",
      swiftSettings: settings),
    // A disk that loses its power: a file system of SQLite for the tests of the journal.
    .target(name: "PowerCutVFS", path: "Tests/PowerCutVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    tests("FlowModelTests", ["FlowModel"]),
    tests("FlowGraphTests", ["FlowModel", "FlowLoading", "FlowGraph"]),
    tests("FlowLoadingTests", ["FlowModel", "FlowLoading", "RuleEngine"], exclude: ["Cases"]),
    // Hostile scripts and their verdicts, for rules on threads and in processes.
    .target(
      name: "RuleAttacks", dependencies: [sdk, "FlowModel", "RuleEngine"], path: "Tests/RuleAttacks",
      swiftSettings: settings),
    tests("RuleEngineTests", ["FlowModel", "RuleEngine", "RuleAttacks", "CLua"]),
    tests("JournalCoreTests", ["JournalCore", "JournalConformance"]),
    tests(
      "JournalSQLiteTests",
      [
        "JournalCore", "JournalSQLite", "JournalConformance", "JournalCrashChild", "PowerCutVFS",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests(
      "JournalPostgresTests",
      ["JournalCore", "JournalPostgres", "JournalSQLite", "JournalConformance", "PostgresServer"]),
    tests("PluginHostTests", ["PluginHost"]),
    tests("HTTPTransportTests", ["HTTPTransport", "CCurl"]),
    tests("FlowEngineTests", ["FlowModel", "JournalCore", "FlowEngine", logging]),
    tests("SimulationTests", ["Simulation"], exclude: ["regression-seeds.txt"]),
    tests("FlowCasesTests", ["FlowCases", "FlowLoading", "FlowModel", "RuleEngine", "Telegram", "Avito"]),
    tests("GatewayTests", ["Gateway", "JournalCore", logging, lifecycle]),
    tests("ServiceLogsTests", ["ServiceLogs", logging]),
    tests("EmulatorTests", ["Emulators"]),
    // The program as a process.
    tests("CommandTests", ["switchboard"]),
    // What is shipped beside the code: flows, rules, configuration, pages.
    tests("ExampleTests", ["FlowModel", "FlowLoading", "RuleEngine", "FlowCases", "Telegram", "Avito"]),
    // Starts the real program as a child; depends on it so that it is built.
    tests(
      "ProgramTests",
      [
        "switchboard", "Emulators", "HTTPTransport", "FlowModel", "FlowLoading", "RuleEngine", "RuleAttacks",
        "JournalCore", "JournalSQLite", "JournalPostgres", "PostgresServer", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(name: "TidyTests", swiftSettings: settings),
  ]
    // The bundled connectors: SDK and Foundation only.
    + plugin("Telegram") + plugin("Avito")
)
