import FlowLoading
import FlowModel
import SwitchboardSDK
import Testing

@Suite struct ConfigurationTests {
  private static let manifests = ["telegram": telegram]
  private static let telegram = {
    var manifest = PluginManifest(
      name: "telegram", version: "1", summary: "",
      settings: [
        SettingField("token", .secret, help: "The bot's token.", isRequired: true),
        SettingField("group", .int, help: ""), SettingField("quiet", .bool, help: "", defaultValue: false),
        SettingField("poll_every", .duration, help: "", defaultValue: 5_000, minimum: 1_000, maximum: 60_000),
        SettingField("mode", .choice(["fast", "slow"]), help: ""), SettingField("words", .textList, help: ""),
      ],
      capabilities: ConnectorCapabilities(textScalarsMax: 4_096, receivesByPolling: true))
    manifest.pacing = ConnectorPacing(connection: RateLimit(calls: 30, perMilliseconds: 1_000))
    return manifest
  }()

  private func load(_ text: String) -> Loaded<Configuration> {
    ConfigurationLoader.load(
      source: Array(text.utf8), file: "switchboard.yaml", manifests: Self.manifests,
      isTimeZone: { ["UTC", "Europe/Moscow"].contains($0) },
      resolver: SecretResolver(
        environment: { ["GROUP": "-1001234567890", "EVIL": ": x\nadmin: true", "QUIET": "true", "WORD": "nine"][$0] },
        secret: { ["tg/desk": "the-secret-token"][$0] }))
  }

  private func connection(_ settings: String) -> String {
    "switchboard: 1\nprojects:\n  shop:\n    time_zone: Europe/Moscow\n    connections:\n      desk: \(settings)\n"
  }

  private func said(_ text: String) -> [String] {
    load(text).diagnostics.map { "\($0.line):\($0.column) \($0.severity.rawValue) \($0.code.rawValue)" }
  }

  @Test func `a connection takes its settings by the manifest, defaults and references included`() throws {
    let loaded = load(
      connection(
        "{ plugin: telegram, token: { secret: tg/desk }, group: { env: GROUP }, quiet: { env: QUIET }, mode: slow }"))
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text))")
    let configuration = try #require(loaded.content)
    let project = try #require(configuration.projects.first)
    let desk = try #require(project.connections.first)
    #expect(project.timeZone == "Europe/Moscow" && project.flowsFolder == "flows/shop")
    #expect(desk.settings["token"] == "the-secret-token")
    #expect(desk.settings["group"] == -1_001_234_567_890)
    #expect(desk.settings["quiet"] == true)
    #expect(desk.settings["poll_every"] == 5_000)
    #expect(configuration.secrets.contains("the-secret-token"))
  }

  @Test func `what stands in the environment stays one text`() {
    let loaded = load(connection("{ plugin: telegram, token: { env: EVIL } }"))
    #expect(loaded.content?.projects.first?.connections.first?.settings["token"] == ": x\nadmin: true")
  }

  @Test func `a default stands in for a variable that is not set`() {
    let loaded = load(connection("{ plugin: telegram, token: { env: NONE, default: abc } }"))
    #expect(loaded.content?.projects.first?.connections.first?.settings["token"] == "abc")
  }

  @Test(arguments: [
    ("{ plugin: telegram, token: { env: NONE } }", ["6:47 error SB0501"]),
    ("{ plugin: telegram, token: { secret: none } }", ["6:50 error SB0502"]),
    ("{ plugin: telegram, token: { secret: ../../etc/shadow } }", ["6:50 error SB0507"]),
    ("{ plugin: telegram, token: { secret: /etc/shadow } }", ["6:50 error SB0507"]),
    ("{ plugin: telegram, token: { secret: tg/desk }, webhook_secret: none }", ["6:77 error SB0207"]),
    ("{ plugin: telegram }", ["6:7 error SB0205"]), ("{ plugin: telegrm }", ["6:23 error SB0504"]),
    ("{ plugin: telegram, token: { env: EVIL }, tokn: x }", ["6:55 error SB0203"]),
    ("{ plugin: telegram, token: { env: EVIL }, group: abc }", ["6:62 error SB0202"]),
    ("{ plugin: telegram, token: { env: EVIL }, group: { env: WORD } }", ["6:62 error SB0202"]),
    ("{ plugin: telegram, token: { env: EVIL }, poll_every: 1ms }", ["6:67 error SB0505"]),
    ("{ plugin: telegram, token: { env: EVIL }, receive: webhook }", ["6:64 error SB0406"]),
    ("{ plugin: telegram, token: { env: EVIL }, mode: fasst }", ["6:61 error SB0207"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: fast }", ["6:63 error SB0202"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: { chat: 5 } }", ["6:71 error SB0202"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: { chat: 5/x } }", ["6:71 error SB0207"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: { chat: 0/s } }", ["6:71 error SB0505"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: { chta: 1/s } }", ["6:65 error SB0203"]),
    ("{ plugin: telegram, token: { env: EVIL }, limits: { group: 1/s } }", ["6:65 error SB0406"]),
    ("{ plugin: telegram, token: \"123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\" }", ["6:40 warning SB0503"]),
  ])
  func `a wrong connection is told at its place`(settings: String, expected: [String]) {
    #expect(said(connection(settings)) == expected)
  }

  @Test(arguments: [
    ("", "30/1000 -"), (", limits: none", "- -"), (", limits: { connection: none, chat: 3/3s }", "- 3/3000"),
    (", limits: { chat: 20/m }", "30/1000 20/60000"), (", limits: { connection: 5/500ms }", "5/500 -"),
  ])
  func `limits stand in place of the plugin's, each by itself`(settings: String, expected: String) {
    let loaded = load(connection("{ plugin: telegram, token: { secret: tg/desk }\(settings) }"))
    let pacing = loaded.content?.projects.first?.connections.first?.pacing
    let shown = [pacing?.connection, pacing?.chat].map { limit in
      limit.map { "\($0.calls)/\($0.perMilliseconds)" } ?? "-"
    }
    #expect(shown.joined(separator: " ") == expected)
  }

  @Test(arguments: [
    ("", ["1:1 error SB0201"]), ("[]\n", ["1:1 error SB0202"]),
    ("switchboard: 2\nprojects: {}\n", ["1:14 error SB0211"]),
    ("switchboard: 1\nserver: { listen: 8080 }\nprojects: {}\n", ["2:19 error SB0202"]),
    ("switchboard: 1\nserver: { listen: \"host:99999\" }\nprojects: {}\n", ["2:19 error SB0207"]),
    ("switchboard: 1\nprojects: { shop: { time_zone: Mars/Base } }\n", ["2:32 error SB0506"]),
    ("switchboard: 1\nstorage: postgres://u:hunter2@db/x\nprojects: {}\n", []),
    ("switchboard: 1\nstorage: postgres://u:hunt%r2@db/x\nprojects: {}\n", ["2:10 error SB0207"]),
    ("switchboard: 1\nstorage: postgres://u@db:99999/x\nprojects: {}\n", ["2:10 error SB0207"]),
    ("switchboard: 1\nstorage: postgres://u:a@b@db/x\nprojects: {}\n", ["2:10 error SB0207"]),
    (
      "switchboard: 1\nprojects: { shop: { flows: ../shop, rules: a/../../b } }\n",
      ["2:28 error SB0507", "2:44 error SB0507"]
    ),
    ("switchboard: 1\nplugins: [./plugins, ../more]\nprojects: {}\n", ["2:22 error SB0507"]),
    ("switchboard: 1\nprojects: { shop: { flows: /srv/flows, rules: a/../b } }\n", []),
    ("switchboard: 1\nstorage: mysql:x\nprojcts: {}\n", ["1:1 error SB0205", "2:10 error SB0207", "3:1 error SB0203"]),
  ])
  func `a wrong configuration is told at its place`(text: String, expected: [String]) {
    #expect(said(text) == expected)
  }

  @Test(arguments: [
    ("{ history: 30d, dead: 60d }", 30, 60), ("{ history: 400d }", 400, 400), ("{ dead: forever }", 90, nil),
    ("{ history: forever }", nil, nil), ("{}", 90, 365),
  ])
  func `retention has sane defaults and may be for ever`(text: String, history: Int?, dead: Int?) {
    let loaded = load("switchboard: 1\nretention: \(text)\nprojects: {}\n")
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
    let days = { (milliseconds: Int64?) in milliseconds.map { Int($0 / 86_400_000) } }
    #expect(days(loaded.content?.retention.historyMilliseconds) == history)
    #expect(days(loaded.content?.retention.deadMilliseconds) == dead)
  }

  @Test(arguments: [
    ("{ history: 6d }", "2:23 error SB0505"), ("{ history: 30d, dead: 20d }", "2:34 error SB0505"),
    ("{ history: 90 }", "2:23 error SB0207"), ("{ history: always }", "2:23 error SB0207"),
    ("{ events: 90d }", "2:14 error SB0203"), ("90d", "2:12 error SB0202"),
  ])
  func `retention that would forget too early is told at its place`(text: String, expected: String) {
    #expect(said("switchboard: 1\nretention: \(text)\nprojects: {}\n") == [expected])
  }

  @Test(arguments: [
    ("rules: rules/x", "rules/x", false, []), ("trust: low", "rules/shop", true, []),
    ("trust: normal", "rules/shop", false, []), ("rules: { isolation: process }", "rules/shop", true, []),
    ("rules: { folder: r, isolated: [a, b] }", "r", false, ["a", "b"]),
    ("trust: low\n    rules: { isolation: thread }", "rules/shop", false, []),
  ] as [(String, String, Bool, Set<String>)])
  func `rules run apart where the file says so, or trust is low`(
    text: String, folder: String, isProcess: Bool, isolated: Set<String>
  ) throws {
    let loaded = load("switchboard: 1\nprojects:\n  shop:\n    \(text)\n")
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text))")
    let project = try #require(loaded.content?.projects.first)
    #expect(project.rulesFolder == folder)
    #expect(project.ruleIsolation.isProcess == isProcess && project.ruleIsolation.isolatedRules == isolated)
  }

  @Test(arguments: ["trust: lo", "rules: { isolation: proces }", "rules: { isolatd: [a] }", "rules: { isolated: a }"])
  func `a slip where rules are isolated is told, never taken as trust`(text: String) {
    #expect(load("switchboard: 1\nprojects:\n  shop:\n    \(text)\n").content == nil)
  }

  @Test func `no diagnostic repeats a secret`() {
    let token = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    let bad = connection("{ plugin: telegram, token: \"\(token)\", proxy: \"\(token)\", group: hunter2, quiet: 0755 }")
    let loaded = load(bad)
    #expect(loaded.hasErrors)
    for diagnostic in loaded.diagnostics { #expect(!diagnostic.text.contains("AAAAAAAA")) }
    let addresses = load(
      "switchboard: 1\nstorage: postgres://u:hun@ter2@db/x\n"
        + "projects: { p: { connections: { d: { plugin: telegram, token: x, proxy: \"http://me:hunter2@p:1\" } } } }\n")
    #expect(addresses.diagnostics.count == 2)
    for diagnostic in addresses.diagnostics {
      #expect(!diagnostic.text.contains("hun") && !JSON.text(diagnostic.value).contains("hun"))
    }
  }
}
