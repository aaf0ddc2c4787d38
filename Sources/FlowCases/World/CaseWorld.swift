//! Everything that one case consists of: time, channels, rules, the journal and the engine over it.
import FlowEngine
import FlowLoading
import FlowModel
import JournalCore
import Logging
import RuleEngine
import Simulation
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread, and by the thread that
// runs these jobs, between two of them.
final class CaseWorld: @unchecked Sendable {
  let setting: CaseSetting
  let time = VirtualTime()
  let clock: CaseClock
  let story: CaseStory
  let channels: CaseChannels
  let rules: CaseRules
  let crashes = CaseCrashes()
  let probe: CaseProbe
  private(set) var journal: MemoryJournal
  /// Nil while it is down.
  private(set) var engine: Engine?
  private var life = NodeLife()
  /// In force, or what the next start puts in force.
  private var served: [CaseSetting.Served]
  private var settings: Value
  /// What the engine has not accepted: its sources send it again after a restart.
  private var undelivered: [Incoming] = []
  private var lastNumber = 0
  private var lastMessages: [String: String] = [:]

  struct Incoming {
    var connection: String
    var event: Event
  }

  init(_ setting: CaseSetting, rehearsal: RuleRehearsal) {
    self.setting = setting
    served = setting.served
    probe = CaseProbe(version: setting.served.first?.flow.version ?? "")
    clock = CaseClock(time, start: setting.start)
    story = CaseStory(clock: clock)
    channels = CaseChannels(setting, clock: clock, story: story)
    rules = CaseRules(
      rehearsal: rehearsal, covers: setting.covers, sources: setting.house.rules, clock: clock, story: story)
    journal = MemoryJournal()
    settings = setting.settings
    crashes.strike = { [weak self] point in self?.crash(at: point) }
  }

  /// A Monday at noon.
  static func standardStart(_ zone: (Timestamp) -> Int) -> Timestamp {
    ClockText("2026-01-05T12:00:00").map { $0.moment(in: zone) } ?? Timestamp(seconds: 1_767_600_000)
  }

  static func merged(_ values: [Value]) -> Value {
    .map(values.reduce(into: [String: Value]()) { all, one in all.merge(one.mapValue ?? [:]) { $1 } })
  }

  var project: String { setting.house.project }
  var isUp: Bool { engine != nil }

  /// Breaks the circle in which world and crashes hold each other.
  func takeApart() {
    engine = nil
    crashes.strike = { _ in }
  }

  // MARK: The engine's life

  /// Starts an engine over the journal; returns when it has died or stopped.
  func serve() async {
    let life = NodeLife()
    self.life = life
    let engine = makeEngine(life)
    do throws(JournalError) {
      let publishing = engine.publishing(journal)
      try await publishing.recall([project])
      _ = try await publishing.publish(draft(origin: .start))
      try await engine.open()
    } catch { return story.tell("trouble", "the engine does not start: \(error.detail)") }
    guard life.isAlive else { return }
    self.engine = engine
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      group.addTask { await life.ended() }
      await group.next()
      group.cancelAll()
    }
    if self.life === life { self.engine = nil }
    life.end()
  }

  /// Without a point: the case is over.
  func crash(at point: String?) {
    guard life.isAlive else { return }
    if let point { story.tell("crash", point) }
    engine = nil
    life.end()
    journal = journal.crashed()
  }

  func stopInOrder() { engine?.lanes.stop() }

  func publish(_ bytes: [UInt8], _ next: Flow) async {
    served.removeAll { $0.flow.name == next.name }
    served.append(CaseSetting.Served(flow: next, source: bytes))
    guard let engine else { return }
    let publishing = engine.publishing(journal)
    do throws(JournalError) {
      let done = try await publishing.publish(draft(origin: .command))
      _ = try await publishing.settleWork(of: done)
      story.tell("publish", "flow \(next.name), version \(next.version)")
    } catch { story.tell("trouble", "not published: \(error.detail)") }
  }

  func set(_ values: [String: Value]) {
    settings = Self.merged([settings, .map(values)])
    engine?.projects.publish(facts)
    story.tell(
      "set", values.sorted { $0.key < $1.key }.map { "project.\($0) = \($1.displayText)" }.joined(separator: ", "))
  }

  private var facts: ProjectFacts {
    var facts = ProjectFacts(
      name: project, settings: settings, places: setting.house.facts(settings: settings, isPaced: setting.isPaced),
      utcOffsetSeconds: setting.house.zone)
    facts.zone = { CaseZones.offset(of: $0) }
    return facts
  }

  private func draft(origin: Publication.Origin) -> PublicationDraft {
    let sources = served.map {
      FlowVersion(
        project: project, flow: "\(project)/\($0.flow.name)", version: $0.flow.version, file: $0.flow.file,
        source: String(decoding: $0.source, as: UTF8.self))
    }
    return PublicationDraft(
      project: project, flows: served.map(\.flow), sources: sources, by: "case", origin: origin)
  }

  private func makeEngine(_ life: NodeLife) -> Engine {
    var log = Logger(label: "cases", factory: { _ in SwiftLogNoOpLogHandler() })
    log.logLevel = .critical
    return Engine(
      journal: CaseJournal(base: journal, life: life, crashes: crashes),
      ports: EnginePorts(
        clock: clock, connections: CaseConnections(life: life, channels: channels, crashes: crashes), rules: rules,
        flows: CaseFlowSources(catalogue: setting.house.catalogue), random: { 0.5 },
        probe: probe),
      projects: [facts], log: log, isMendedFromOutside: false, listener: { [story] in Self.tell($0, story) })
  }

  private static func tell(_ notice: RunNotice, _ story: CaseStory) {
    let run = "run \(notice.run)"
    switch notice.what {
    case .called: break
    case .timerStarted(let step, let dueAt): story.tell("timer", "\(run): step \(step), due at \(dueAt)")
    case .waiting(let moment, let reason): story.tell("waits", "\(run) until \(moment): \(reason)")
    case .parked(let reason): story.tell("parked", "\(run): \(reason)")
    case .finished(let outcome): story.tell("finished", "\(run): \(outcome)")
    }
  }

  // MARK: What comes in

  /// Why something cannot happen as the case has it.
  struct Impossible: Error { var text: String }

  func come(_ come: CaseEvent) async throws(Impossible) {
    let incoming = try await incoming(come)
    story.tell("in", Self.described(incoming))
    await deliver(incoming)
  }

  /// As the recording has it; only threads have other names here, since they were opened here.
  /// False when it was written in a thread that mirrors a conversation of before the recording: it is left out.
  @discardableResult
  func come(recorded entry: Recording.Entry) async -> Bool {
    let connection = entry.connection
    var event = entry.event
    if event.thread != nil, let origin = entry.origin, origin.connection != connection {
      guard let place = await place(of: origin.chat, origin: origin.connection, on: connection) else { return false }
      event.thread = place.thread
      event.chat.id = place.chat
    }
    channels.know(chat: event.chat.id, on: connection)
    if let thread = event.thread { channels.know(thread: thread, in: event.chat.id, on: connection) }
    let incoming = Incoming(connection: connection, event: event)
    story.tell("in", Self.described(incoming))
    await deliver(incoming)
    return true
  }

  /// Sources send again what was not accepted.
  func deliverAgain() async {
    let waiting = undelivered
    undelivered = []
    for incoming in waiting { await deliver(incoming) }
  }

  private func deliver(_ incoming: Incoming) async {
    guard let engine else { return undelivered.append(incoming) }
    do throws(JournalError) {
      try await engine.intake.accept([incoming.event], connection: incoming.connection, project: project)
    } catch { undelivered.append(incoming) }
  }

  private func incoming(_ come: CaseEvent) async throws(Impossible) -> Incoming {
    lastNumber += 1
    let group = setting.house.connections[come.connection].flatMap { connection in
      connection.group ?? (connection.manifest?.capabilities.hasThreads == true ? CaseHouse.group : nil)
    }
    var thread: String?
    var chat = come.chat
    switch come.thread {
    case nil: break
    case .named(let name): thread = name
    case .conversation(let origin, let name):
      guard let place = await place(of: name, origin: origin, on: come.connection) else {
        throw Impossible(text: "conversation(\(name)) has no thread on '\(come.connection)' at this point")
      }
      thread = place.thread
      chat = place.chat
    }
    guard let chat = chat ?? group else {
      throw Impossible(text: "connection '\(come.connection)' has no group: say 'chat'")
    }
    channels.know(chat: chat, on: come.connection)
    if case .named(let name) = come.thread { channels.know(thread: name, in: chat, on: come.connection) }
    let kind = come.chatKind ?? (thread != nil || chat == group ? .group : .private)
    let place = "\(come.connection)/\(chat)/\(thread ?? "")"
    var event = Event(
      externalID: come.externalID ?? "e\(lastNumber)", kind: come.kind,
      chat: Chat(id: chat, kind: kind, title: come.chatTitle), thread: thread,
      sender: come.sender ?? Sender(id: chat), isEcho: come.isEcho, facts: come.facts, details: come.details,
      occurredAt: clock.now())
    let asked = come.messageID == "last" ? lastMessages[place] : come.messageID
    switch come.kind {
    case .callback:
      event.callback = Callback(id: "callback\(lastNumber)", data: come.callbackData ?? "", messageID: asked)
    default:
      let id = asked ?? "m\(lastNumber)"
      event.message = Message(id: id, text: come.text, attachments: come.attachments, replyTo: come.replyTo)
      if come.kind == .message { lastMessages[place] = id }
    }
    return Incoming(connection: come.connection, event: event)
  }

  /// Where a conversation is mirrored on a connection.
  func place(of chat: String, origin: String?, on connection: String) async -> ThreadPlace? {
    for origin in origin.map({ [$0] }) ?? setting.house.connections.keys.sorted() {
      let key = ConversationSnapshot.key(project: project, connection: origin, chat: chat)
      let threads = (try? await journal.threads(of: key)) ?? []
      if let found = threads.first(where: { $0.connection == connection }) {
        return ThreadPlace(chat: found.chat, thread: found.thread)
      }
    }
    return nil
  }

  private static func described(_ incoming: Incoming) -> String {
    let event = incoming.event
    var text = "\(incoming.connection) \(event.chat.id)"
    if let thread = event.thread { text += "#\(thread)" }
    text += " \(event.sender.name.isEmpty ? event.sender.id : event.sender.name):"
    if event.kind != .message { text += " \(event.kind.rawValue)" }
    if event.isEcho { text += " (echo)" }
    if let callback = event.callback { text += " \(CaseStory.quoted(callback.data))" }
    if let said = event.message?.text, !said.isEmpty { text += " \(CaseStory.quoted(said))" }
    for attachment in event.message?.attachments ?? [] { text += " [\(attachment.kind.rawValue)]" }
    return text
  }
}
