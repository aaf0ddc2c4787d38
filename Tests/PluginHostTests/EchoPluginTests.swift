//! A plugin of a third party, built as a package of its own, works through the protocols alone.

internal import Foundation
internal import PluginHost
internal import SwitchboardSDK
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct EchoPluginTests {
  @Test
  func `A plugin from a package of its own is loaded, performs actions and fails with typed errors`() async throws {
    let workshop = try Workshop()
    try workshop.copy("Plugins/SDK", to: "Plugins/SDK")
    try workshop.copy("Plugins/Echo", to: "Plugins/Echo")
    let products = try await workshop.swiftBuild("Plugins/Echo")

    let registry = PluginRegistry(scanning: [products, products])
    #expect(registry.refusals.map(\.sentence) == [])
    #expect(registry.names == ["echo"])
    let echo = try #require(registry["echo"])
    #expect(echo.handshake == PluginHandshake.host)

    let intake = KeepingIntake()
    let connector = try echo.plugin.connect(context(["prefix": "» ", "delay": 0], intake: intake))
    let sent = try await connector.perform(
      Action(name: "send", idempotencyKey: "k1", chat: "c1", message: OutgoingMessage(text: "привет")))
    #expect(sent == ActionResult(remoteIDs: ["echo-k1"]))
    #expect(intake.events.map(\.message?.text) == ["» привет"])
    #expect(intake.events.map(\.occurredAt) == [StoppedClock().now()])

    let shouted = try await connector.perform(
      Action(name: "shout", idempotencyKey: "k2", chat: "c1", arguments: ["text": "ура"]))
    #expect(shouted.value == "УРА")

    let image = OutgoingMessage(text: "", attachment: Attachment(kind: .image, label: "picture"))
    await #expect(throws: ActionError(.unsupported, "echo takes text only")) {
      try await connector.perform(Action(name: "send", idempotencyKey: "k3", chat: "c1", message: image))
    }
    #expect(throws: PluginError(.settings, "'prefix' must be a text of at most 20 characters")) {
      _ = try echo.plugin.connect(context(["prefix": 5]))
    }

    let body = Array(#"{"id": "7", "chat": "c2", "text": "hi"}"#.utf8)
    #expect(await connector.receive(WebhookRequest(headers: [:], body: body)).status == 200)
    #expect(await connector.receive(WebhookRequest(headers: [:], body: [0xFF])).status == 400)
    #expect(intake.events.last?.externalID == "m:7")
    // Not implemented by Echo: the SDK's default answers, across the library's border.
    let own = Action(name: "send", idempotencyKey: "k1", chat: "c1")
    #expect(try await connector.reconcile(own, begunAt: Timestamp(milliseconds: 0)) == .cannotTell)

    let inspection = PluginInspection(echo)
    for word in ["echo 1.0.0", "prefix", "shout", "6.", "text_scalars_max: 200"] {
      #expect(inspection.text.contains(word))
    }
    #expect(inspection.value["sdk_version"].textValue == echo.handshake.sdkVersion)
    try refusesDamagedCopies(of: products + "/libSwitchboardEcho.so", in: workshop)
    try refusesRivals(of: products + "/libSwitchboardEcho.so", in: workshop)
  }

  /// Cut at twenty places: each is refused, none brings the process down.
  private func refusesDamagedCopies(of library: String, in workshop: Workshop) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: library)))
    for cut in 0..<20 {
      let file = workshop.path("cut-\(cut).so")
      try Data(bytes[..<(bytes.count * cut / 20)]).write(to: URL(fileURLWithPath: file))
      #expect(throws: PluginRefusal(file: file, reason: cut == 0 ? .empty : .truncated)) {
        _ = try PluginLoader().load(file)
      }
    }
    var flipped = bytes
    flipped[18] = 0xF3
    let other = workshop.path("other-machine.so")
    try Data(flipped).write(to: URL(fileURLWithPath: other))
    #expect { _ = try PluginLoader().load(other) } throws: { error in
      guard case .otherArchitecture? = (error as? PluginRefusal)?.reason else { return false }
      return true
    }
    // Whatever bytes stand in the headers, reading them ends in a sentence or in a handshake.
    for offset in 16..<64 {
      var broken = bytes
      broken[offset] = 0xFF
      let file = workshop.path("broken.so")
      try Data(broken).write(to: URL(fileURLWithPath: file))
      _ = try? PluginLoader().handshake(of: file)
    }
  }

  private func refusesRivals(of library: String, in workshop: Workshop) throws {
    let files = FileManager.default
    for name in ["copies", "links"] {
      try files.createDirectory(atPath: workshop.path(name), withIntermediateDirectories: true)
    }
    let first = workshop.path("copies/libA.so")
    let second = workshop.path("copies/libB.so")
    try files.copyItem(atPath: library, toPath: first)
    try files.copyItem(atPath: library, toPath: second)
    let copies = PluginRegistry(scanning: [workshop.path("copies")])
    #expect(copies.names == [])
    #expect(copies.refusals == [PluginRefusal(file: second, reason: .sameName("echo", other: first))])
    #expect(copies.refusals[0].sentence.contains(first) && copies.refusals[0].sentence.contains(second))

    let link = workshop.path("links/libA.so")
    try files.createSymbolicLink(atPath: link, withDestinationPath: library)
    let folder = URL(fileURLWithPath: library).deletingLastPathComponent().path
    let links = PluginRegistry(scanning: [folder, workshop.path("links")])
    #expect(links.names == [])
    #expect(links.refusals.map(\.reason) == [.sameFile(other: folder + "/libSwitchboardEcho.so")])
  }
}
