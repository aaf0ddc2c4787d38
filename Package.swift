// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let sdk: Target.Dependency = .product(name: "SwitchboardSDK", package: "SDK")

// Targets are listed bottom-up: each may import only what stands above it (docs/architecture.md, "Who may import whom").
let package = Package(
  name: "switchboard",
  products: [
    .executable(name: "switchboard", targets: ["switchboard"]),
    // Loaded at run time with dlopen; nothing links them.
    .library(name: "SwitchboardTelegram", type: .dynamic, targets: ["Telegram"]),
    .library(name: "SwitchboardAvito", type: .dynamic, targets: ["Avito"]),
  ],
  dependencies: [
    .package(path: "Plugins/SDK"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries of the system, each behind one target.
    .systemLibrary(name: "CYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CLua", linkerSettings: [.linkedLibrary("lua5.4")]),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),

    // Pure values and decisions: no I/O, no clock.
    .target(name: "FlowModel", dependencies: [sdk], swiftSettings: settings),
    // YAML to FlowModel, and every diagnostic.
    .target(name: "FlowLoading", dependencies: [sdk, "FlowModel", "CYAML"], swiftSettings: settings),
    // Lua rules in their sandbox.
    .target(name: "RuleEngine", dependencies: [sdk, "FlowModel", "CLua"], swiftSettings: settings),
    // The journal's protocol and its store in memory.
    .target(name: "JournalCore", dependencies: [sdk, "FlowModel"], swiftSettings: settings),
    .target(
      name: "JournalSQLite",
      dependencies: [sdk, "FlowModel", "JournalCore", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    // dlopen, handshake, lifecycle of plugins.
    .target(name: "PluginHost", dependencies: [sdk, "FlowModel"], swiftSettings: settings),
    // libcurl behind the SDK's HTTP port.
    .target(name: "HTTPTransport", dependencies: [sdk, "CCurl"], swiftSettings: settings),
    // The rooms a message walks through.
    .target(
      name: "FlowEngine",
      dependencies: [
        sdk, "FlowModel", "JournalCore",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    // HTTP: webhooks and health.
    .target(
      name: "Gateway",
      dependencies: [
        sdk, "FlowModel", "JournalCore", "FlowEngine",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    // Strict stand-ins for the Telegram and Avito APIs, for demo, tests and owners' trials.
    .target(
      name: "Emulators",
      dependencies: [
        sdk, .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    // Wiring and commands, one file a verb.
    .executableTarget(
      name: "switchboard",
      dependencies: [
        sdk, "FlowModel", "FlowLoading", "RuleEngine", "JournalCore", "JournalSQLite", "PluginHost",
        "HTTPTransport", "FlowEngine", "Gateway", "Emulators",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // The bundled connectors: SDK and Foundation only.
    .target(name: "Telegram", dependencies: [sdk], path: "Plugins/Telegram/Sources/Telegram", swiftSettings: settings),
    .target(name: "Avito", dependencies: [sdk], path: "Plugins/Avito/Sources/Avito", swiftSettings: settings),
  ]
)
