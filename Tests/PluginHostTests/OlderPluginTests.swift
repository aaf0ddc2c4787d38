//! The promise of library evolution: a plugin built once keeps working while the SDK grows under the same ABI number.

internal import Foundation
internal import PluginHost
internal import SwitchboardSDK
internal import Testing

@Suite(.timeLimit(.minutes(8)))
struct OlderPluginTests {
  private static let hostManifest = """
    // swift-tools-version: 6.2
    import PackageDescription
    let settings: [SwiftSetting] = [
      .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
    ]
    let sdk: Target.Dependency = .product(name: "SwitchboardSDK", package: "SDK")
    let package = Package(
      name: "Host", dependencies: [.package(path: "../SDK")],
      targets: [
        .target(name: "PluginHost", dependencies: [sdk], swiftSettings: settings),
        .executableTarget(name: "host", dependencies: [sdk, "PluginHost"], swiftSettings: settings),
      ])
    """

  /// A host of its own, because a process holds one SDK only: it sends a text through the plugin, with the new field
  /// set, and asks for the new requirement.
  private static let hostMain = """
    internal import PluginHost
    internal import SwitchboardSDK
    struct Ports: IntakePort, HTTPPort, LogPort, ClockPort, StorePort, FilePort {
      func accept(_ events: [Event]) async throws(IntakeError) {
        for event in events { print("event \\(event.externalID) \\(event.message?.text ?? "-") \\(event.urgency)") }
      }
      func isOwnMessage(chat: String, messageID: String) async -> Bool { false }
      func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse { HTTPResponse(status: 404) }
      func log(_ level: LogLevel, _ text: String, _ fields: [String: String]) {}
      func now() -> Timestamp { Timestamp(milliseconds: 5) }
      func sleep(milliseconds: Int64) async {}
      func get(_ key: String) async throws(IntakeError) -> Value { .null }
      func set(_ key: String, _ value: Value) async throws(IntakeError) {}
      func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile {
        throw ActionError(.unsupported, "")
      }
    }
    do {
      let plugin = try PluginLoader().load(CommandLine.arguments[1])
      print("plugin \\(plugin.handshake.sdkVersion) host \\(PluginHandshake.host?.sdkVersion ?? "-")")
      let ports = Ports()
      let connector = try plugin.plugin.connect(
        ConnectionContext(
          connection: "c", project: "p", settings: ["prefix": "> "], intake: ports, http: ports, log: ports,
          clock: ports, store: ports, files: ports))
      var message = OutgoingMessage(text: "hello")
      message.urgency = 9
      let action = Action(name: "send", idempotencyKey: "k", chat: "chat", message: message)
      print("result \\(try await connector.perform(action).remoteIDs)")
      print("described \\(await connector.described())")
      do throws(ActionError) {
        _ = try await connector.perform(Action(name: "dance", idempotencyKey: "k", chat: "chat"))
      } catch {
        print("error \\(error.code.rawValue) \\(error.detail)")
      }
    } catch let refusal as PluginRefusal {
      print("refused \\(refusal.reason)")
    }
    """

  private func lay(_ house: String, in workshop: Workshop) throws {
    try workshop.copy("Plugins/SDK", to: house + "/SDK")
    try workshop.copy("Plugins/Echo", to: house + "/Echo")
  }

  @Test
  func `A plugin built against the first SDK runs on a grown one, and the other way round is refused`() async throws {
    let workshop = try Workshop()
    try lay("first", in: workshop)
    let kept = try await workshop.swiftBuild("first/Echo") + "/libSwitchboardEcho.so"

    try lay("grown", in: workshop)
    let sdk = "grown/SDK/Sources/SwitchboardSDK/"
    let field = "  public var urgency = 3\n"
    let message = "public struct OutgoingMessage: Sendable, Hashable {\n"
    try workshop.replace(message, with: message + field, in: sdk + "Action.swift")
    let event = "public struct Event: Sendable, Hashable {\n"
    try workshop.replace(event, with: event + field, in: sdk + "Event.swift")
    try workshop.replace(
      "public protocol Connector: Sendable {\n",
      with: "public protocol Connector: Sendable {\n  func described() async -> String\n", in: sdk + "Connector.swift")
    try workshop.replace(
      "extension Connector {\n",
      with: "extension Connector {\n  public func described() async -> String { \"by default\" }\n",
      in: sdk + "Connector.swift")
    let version = try #require(PluginHandshake.host?.sdkVersion)
    try workshop.replace("sdk=\(version);", with: "sdk=\(version)1;", in: sdk + "PluginABI.swift")
    try workshop.write("grown/Host/Package.swift", Self.hostManifest)
    try workshop.copy("Sources/PluginHost", to: "grown/Host/Sources/PluginHost")
    try workshop.write("grown/Host/Sources/host/main.swift", Self.hostMain)
    let host = try await workshop.swiftBuild("grown/Host") + "/host"

    let output = try await workshop.run([host, kept]).split(separator: "\n").map(String.init)
    #expect(
      output == [
        "plugin \(version) host \(version)1", "event m:echo-k > hello 3", "result [\"echo-k\"]",
        "described by default", "error invalid unknown action 'dance'",
      ])

    let grown = try await workshop.swiftBuild("grown/Echo") + "/libSwitchboardEcho.so"
    #expect(throws: PluginRefusal(file: grown, reason: .sdkNewer(wanted: version, found: version + "1"))) {
      _ = try PluginLoader().load(grown)
    }
  }
}
