//! Puts the house together: the only place where names of concrete things meet. No decisions of its own.
import FlowEngine
import FlowModel
import Gateway
import Glibc
import HTTPTransport
import JournalCore
import JournalSQLite
import Logging
import PluginHost
import RuleEngine
import ServiceLifecycle
import ServiceLogs
import SwitchboardSDK
import Synchronization
import UnixSignals

final class Installation: Sendable {
  let plan: InstallationPlan
  /// Held as long as we live.
  private let lock: DatabaseLock?
  let journal: any EngineJournal
  let engine: Engine
  let rules: RuleEngine
  let connections: ConnectionHost
  let publisher: Publisher
  private let transport: CurlTransport
  private let threads: TurnThreads
  private let clock: SystemClock
  private let log: Logger
  private let plugins: PluginRegistry
  private let directory: WebhookDirectory
  /// Over what connectors say of themselves, which anybody who reaches `/health` can read.
  private let mask: SecretMask
  private let startedAt: Timestamp

  private init(
    plan: InstallationPlan, lock: DatabaseLock?, journal: any EngineJournal, engine: Engine, rules: RuleEngine,
    connections: ConnectionHost, publisher: Publisher, transport: CurlTransport,
    threads: TurnThreads, clock: SystemClock, log: Logger,
    plugins: PluginRegistry,
    directory: WebhookDirectory, mask: SecretMask
  ) {
    self.plan = plan
    self.lock = lock
    self.journal = journal
    self.engine = engine
    self.rules = rules
    self.connections = connections
    self.publisher = publisher
    self.transport = transport
    self.threads = threads
    self.clock = clock
    self.log = log
    self.plugins = plugins
    self.directory = directory
    self.mask = mask
    self.startedAt = clock.now()
  }

  /// Opens the journal, loads rules and flows, makes connectors and takes up what an earlier run left. No door is
  /// open yet. `hide` is told of secrets that were made or kept here, for the log. Throws `StartupFailure` with
  /// everything that is wrong.
  static func open(
    _ plan: InstallationPlan, lock: DatabaseLock? = nil, plugins: PluginRegistry, clock: SystemClock, log: Logger,
    stopClock: StopClock = StopClock(), hide: ([String]) -> Void = { _ in }
  ) async throws -> Installation {
    let journal = try plan.storage.engineJournal()
    let transport = try CurlTransport()
    let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let threads = TurnThreads(count: processors)
    let rules = RuleEngine(
      threadCount: processors, monotonicMilliseconds: SystemClock.monotonicMilliseconds,
      isOnRoomyThread: { threads.isOnOwnThread },
      isolation: Dictionary(plan.projects.map { ($0.name, $0.ruleIsolation) }, uniquingKeysWith: { first, _ in first }),
      zones: ZoneDirectory(plan.projects).zones,
      onPrint: RuleLogging.printing(to: log), onSlow: RuleLogging.slowness(to: log))
    let flows = FlowFolders(plan: plan, plugins: plugins, rules: rules)
    let store = journal as? any ClusterStore
    let connections = ConnectionHost(clock: clock, log: LentLog(logger: log), isManaged: store != nil)
    let engine = Engine(
      journal: journal,
      ports: EnginePorts(
        clock: clock, connections: ConnectionsDoor(host: connections), rules: RulesDoor(engine: rules), flows: flows,
        random: { Double.random(in: 0..<1) }, threads: threads),
      projects: plan.projects.map { facts(of: $0, plugins: plugins) }, log: log,
      stopMilliseconds: { stopClock.left(of: Limits.stopDeadlineMilliseconds) },
      cluster: store.map {
        ClusterSettings(
          store: $0, node: NodeName.identity(of: plan), receivers: HostedReceivers(host: connections),
          monotonicMilliseconds: SystemClock.monotonicMilliseconds)
      })
    try await NodeStart(engine: engine, clock: clock, log: log).join()
    let publisher = Publisher(
      plan: plan, folders: flows, journal: journal, engine: engine, rules: rules, clock: clock, log: log)
    let hosting = Hosting(
      plan: plan, plugins: plugins, journal: journal, engine: engine, connections: connections, transport: transport,
      clock: clock, log: log)
    // Publications and secrets are made once for all nodes: they start one after the other.
    let (hosted, directory, secrets) = try await NodeStart(engine: engine, clock: clock, log: log).alone {
      try await publisher.start()
      return try await hosting.hosted()
    }
    hide(secrets)
    let mask = SecretMask(plan.secrets + secrets)
    let objections = hosted.compactMap { one -> String? in
      do throws(PluginError) { try connections.open([one]) } catch {
        return "connection '\(one.context.connection)': \(mask.masked(error.detail))"
      }
      return nil
    }
    guard objections.isEmpty else { throw StartupFailure(objections.joined(separator: "\n")) }
    try await engine.open()
    return Installation(
      plan: plan, lock: lock, journal: journal, engine: engine, rules: rules, connections: connections,
      publisher: publisher,
      transport: transport, threads: threads, clock: clock, log: log,
      plugins: plugins, directory: directory, mask: mask)
  }

  static func facts(of project: InstallationPlan.Project, plugins: PluginRegistry) -> ProjectFacts {
    var places: [String: ConnectionFacts] = [:]
    for connection in project.connections {
      guard let plugin = plugins[connection.plugin] else { continue }
      places[connection.name] = ConnectionFacts(
        capabilities: plugin.manifest.capabilities, groupChat: connection.settings["group"].intValue.map(String.init),
        unknownPolicy: connection.unknownPolicy, pacing: connection.pacing)
    }
    var facts = ProjectFacts(
      name: project.name, settings: project.settings, places: places,
      utcOffsetSeconds: { project.timeZone.offsetSeconds(at: $0) })
    let zones = TimeZones()
    facts.zone = { name in zones[name] }
    return facts
  }

  /// Serves until told to stop. Doors close first, then the engine ends what is under way, then the journal.
  func run(onBound: @escaping @Sendable (Int) async -> Void) async throws {
    let projects = Dictionary(
      plan.projects.flatMap { project in project.connections.map { ($0.name, project.name) } },
      uniquingKeysWith: { first, _ in first })
    let gateway = GatewayServer(
      address: GatewayServer.Address(host: plan.host, port: plan.port),
      ports: GatewayPorts(
        directory: { [directory] in directory },
        webhook: { [forwarder] address, request in await forwarder.answer(address, request) },
        executor: { [threads] in projects[$0].flatMap { threads.executorIfShared(by: $0) } },
        health: { await self.health() }, metrics: { await self.metrics() }),
      logger: log, onBound: onBound)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: EngineService(engine: engine)),
          .init(service: PublicationService(publisher: publisher)),
          .init(service: UpkeepService(retention: retention)),
          .init(service: ConnectionsService(host: connections)),
          .init(service: gateway),
          .init(service: HasteService(journal: journal)),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
    try await group.run()
    await rules.shutdown()
    await transport.shutdown()
    await journal.close()
    threads.stop()
  }

  private var retention: RetentionService {
    RetentionService(
      journal: journal, policy: plan.retention, activeFlows: { [engine] in engine.flows.activeFlows },
      served: { [publisher] in publisher.served },
      isMine: { [engine] in engine.membership?.holds(.service(.retention)) ?? true }, clock: clock, log: log)
  }

  private var forwarder: WebhookForwarder {
    WebhookForwarder(
      host: connections, membership: engine.membership, transport: transport, directory: directory,
      clock: clock)
  }

  private var node: HealthReport.Node? {
    engine.membership.map(\.status).map {
      HealthReport.Node(
        name: $0.node, number: $0.number ?? 0, heldPartitions: $0.heldPartitions, heldConnections: $0.heldConnections,
        liveNodes: $0.liveNodes)
    }
  }

  func health() async -> HealthReport {
    let counts: JournalCounts?
    do throws(JournalError) { counts = try await journal.counts() } catch { counts = nil }
    let trouble = await journalTrouble(isReadable: counts != nil)
    let statuses = connections.all
    let unwell: Set<ConnectionStatus.State> = [.failing, .refused, .degraded]
    let isWell = trouble == nil && statuses.allSatisfy { !unwell.contains($0.state) }
    // A store that does not answer is not asked twice.
    let nodes = counts == nil ? [] : await servingNodes()
    let byName = Dictionary(
      plan.projects.flatMap(\.connections).map { ($0.name, $0.plugin) }, uniquingKeysWith: { first, _ in first })
    return HealthReport(
      status: counts == nil || engine.lanes.isStopping ? .unavailable : isWell ? .ok : .degraded,
      version: ProgramVersion.text, uptimeMilliseconds: clock.now().millisecondsSince(startedAt),
      storage: HealthReport.Storage(kind: plan.storage.kind, isReachable: counts != nil, detail: trouble ?? ""),
      connections: statuses.map {
        HealthReport.Connection(
          name: $0.connection, project: $0.project, plugin: byName[$0.connection] ?? "", state: $0.state.rawValue,
          detail: mask.masked($0.detail))
      },
      counts: counts ?? JournalCounts(),
      flows: engine.flows.activeFlows.map {
        HealthReport.FlowState(project: $0.project, flow: $0.name, version: $0.version)
      },
      publications: engine.flows.publications.values.sorted { $0.project < $1.project }.map {
        let watch = publisher.watch($0.project)
        let project = $0.project
        return PublicationState(
          $0, filesDiffer: watch.filesDiffer, refusal: watch.refusal.map(mask.masked),
          nodes: nodes.filter { $0.project == project })
      },
      failingRules: rules.conditions.filter { $0.failuresInRow > 0 }.map(HealthReport.Rule.init), node: node)
  }

  /// What the living nodes say that they serve.
  private func servingNodes() async -> [NodePublication] {
    let told: [NodePublication]
    do throws(JournalError) { told = try await publisher.nodePublications() } catch { return [] }
    let living = Set(engine.membership?.status.liveNodes ?? []).union([publisher.nodeName])
    return told.filter { living.contains($0.node) }
  }

  func metrics() async -> String {
    let counts: JournalCounts?
    do throws(JournalError) { counts = try await journal.counts() } catch { counts = nil }
    let commits = (journal as? SQLiteJournal)?.metrics
    return MetricsReport(
      engine: engine, publisher: publisher, connections: connections.all, rules: rules.conditions, counts: counts,
      nodes: counts == nil ? [] : await servingNodes(),
      commits: commits.map { ($0.commits, $0.operations) },
      uptimeMilliseconds: clock.now().millisecondsSince(startedAt)
    ).text
  }

  /// Why the journal takes no writes; nil when it does. After a refusal it is tried again here: it may be that nobody
  /// else writes until we say that all is well.
  private func journalTrouble(isReadable: Bool) async -> String? {
    guard let known = engine.announcer.journalCondition.trouble else { return nil }
    guard isReadable else { return "\(known.code.rawValue): \(known.detail)" }
    do throws(JournalError) {
      try await journal.setConnectionValue(
        connection: "@engine", key: "health", value: .int(clock.now().milliseconds))
      engine.announcer.journalCondition.recovered()
      return nil
    } catch { return "\(error.code.rawValue): \(error.detail)" }
  }
}
