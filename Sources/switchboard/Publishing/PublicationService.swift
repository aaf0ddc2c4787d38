//! Waits for what may change what serves: a signal, a saved rule, a command's request, another node's publication.
import FlowEngine
import JournalCore
import Logging
import ServiceLifecycle
import SwitchboardSDK
import UnixSignals

struct PublicationService: Service {
  let publisher: Publisher
  private var log: Logger { publisher.log }
  /// The machine's time: requests come from processes that know no other.
  private let machineClock = SystemClock()
  private static let answersKeptMilliseconds: Int64 = 600_000

  init(publisher: Publisher) { self.publisher = publisher }

  private enum Occasion: Sendable { case signal, beat }

  /// One task does it all, so that publications of one process come one after the other.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      let (occasions, continuation) = AsyncStream<Occasion>.makeStream()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          for await _ in await UnixSignalsSequence(trapping: .sighup) { continuation.yield(.signal) }
        }
        group.addTask {
          while !Task.isCancelled {
            await machineClock.sleep(milliseconds: 1_000)
            continuation.yield(.beat)
          }
        }
        group.addTask {
          await settleWhatWasLeft()
          for await occasion in occasions {
            // What was put in line meanwhile would still be handed out.
            guard !Task.isCancelled else { return }
            switch occasion {
            case .signal: await reload()
            case .beat: await look()
            }
          }
        }
      }
    }
  }

  /// A crash may have come between a publication and the end of its work.
  private func settleWhatWasLeft() async {
    for (_, publication) in publisher.engine.flows.publications.sorted(by: { $0.key < $1.key }) {
      await settle(publication)
    }
  }

  private func reload() async {
    for project in publisher.plan.projects {
      do throws(PublicationRefusal) {
        await tell(try await publisher.publish(filesOf: project, by: "signal", origin: .signal))
      } catch { refuse(error, project.name) }
    }
  }

  private func look() async {
    await answerRequests()
    await followOthers()
    for project in publisher.plan.projects { await lookAtFiles(of: project) }
    // Not yet written down: the next beat tries again.
    do throws(JournalError) { try await publisher.acknowledge() } catch {
      log.debug("what serves here could not be told to the other nodes: \(error.detail)")
    }
  }

  // MARK: Files

  private func lookAtFiles(of project: InstallationPlan.Project) async {
    let stamps = ProjectFiles.stamps(of: project)
    let before = publisher.watch(project.name).stamps
    guard stamps != before else { return }
    publisher.note(project.name) { $0.stamps = stamps }
    if let before, before.rules != stamps.rules {
      do throws(PublicationRefusal) {
        await tell(try await publisher.publish(rulesOf: project))
      } catch { refuse(error, project.name) }
    }
    publisher.note(project.name) { $0.filesDiffer = publisher.filesDiffer(project) }
  }

  // MARK: Requests and other nodes

  private func answerRequests() async {
    do throws(JournalError) {
      let store = publisher.store
      let requests = try await store.publicationNotes(kind: PublicationRequest.kind)
      guard !requests.isEmpty else { return }
      let now = machineClock.now()
      for note in requests.sorted(by: { $0.at < $1.at }) {
        if now.millisecondsSince(note.at) < PublicationRequest.lifeMilliseconds {
          guard let answer = await answer(note.body) else { continue }
          try await store.setPublicationNote(
            PublicationNote(kind: PublicationRequest.answerKind, name: note.name, at: now, body: answer.value))
        }
        try await store.setPublicationNote(
          PublicationNote(kind: PublicationRequest.kind, name: note.name, at: now, body: .null))
      }
      for old in try await store.publicationNotes(kind: PublicationRequest.answerKind)
      where now.millisecondsSince(old.at) > Self.answersKeptMilliseconds {
        try await store.setPublicationNote(
          PublicationNote(kind: PublicationRequest.answerKind, name: old.name, at: now, body: .null))
      }
    } catch { log.debug("requests to publish cannot be read: \(error.detail)") }
  }

  /// Nil for a project that another process serves.
  private func answer(_ value: Value) async -> PublicationAnswer? {
    guard let request = PublicationRequest(value) else { return .refused(["the request cannot be read"]) }
    guard let project = publisher.plan.projects.first(where: { $0.name == request.project }) else { return nil }
    let before = publisher.engine.flows.publications[project.name]
    do throws(PublicationRefusal) {
      let publication: Publication
      switch request.wish {
      case .publish(let files, let released):
        publication = try await publisher.publish(
          files, of: project, released: Set(released), by: request.by, origin: .command)
      case .rollBack(let part, let version):
        publication = try await publisher.rollBack(part, to: version, of: project, by: request.by)
      }
      publisher.note(project.name) { $0.filesDiffer = publisher.filesDiffer(project) }
      await tell(publication)
      return .published(publication, isNew: publication.number != before?.number)
    } catch {
      refuse(error, project.name)
      return .refused(error.findings.filter(\.isError).map(\.text))
    }
  }

  private func followOthers() async {
    guard let newest = try? await publisher.store.newestPublications() else { return }
    for project in publisher.plan.projects {
      let serving = publisher.engine.flows.publications[project.name]?.number ?? 0
      guard let number = newest[project.name], number > serving else { continue }
      do throws(PublicationRefusal) {
        guard let last = try await publisher.last(of: project.name) else { continue }
        await tell(try await publisher.follow(last, of: project))
      } catch { refuse(error, project.name, tellsOnce: true) }
      publisher.note(project.name) { $0.filesDiffer = publisher.filesDiffer(project) }
    }
  }

  // MARK: Telling

  private func tell(_ publication: Publication) async {
    publisher.note(publication.project) { $0.refusal = nil }
    let metadata: Logger.Metadata = ["project": "\(publication.project)", "by": "\(publication.by)"]
    log.notice("flows published: number \(publication.number), hash \(publication.hash)", metadata: metadata)
    for change in publication.changes {
      let text = change.to.map { "loaded, version \($0)" } ?? "removed"
      log.notice(
        change.part.hasPrefix("rule:") ? "rule \(text)" : "flow \(text)", metadata: ["part": "\(change.part)"])
    }
    await settle(publication)
  }

  private func settle(_ publication: Publication) async {
    guard publication.work == nil else { return }
    do throws(JournalError) {
      let told = try await publisher.publishing.settleWork(of: publication)
      guard let work = told.work, work != Publication.Work() else { return }
      log.notice(
        "work under way: \(work.adopted) adopted, \(work.cancelled) cancelled, \(work.pinned) stay with their version",
        metadata: ["project": "\(publication.project)"])
    } catch { log.error("work under way was not seen to: \(error.detail); the next start does it") }
  }

  /// `tellsOnce`: what is tried each second is told when it is new.
  private func refuse(_ refusal: PublicationRefusal, _ project: String, tellsOnce: Bool = false) {
    let isKnown = tellsOnce && publisher.watch(project).refusal == refusal.headline
    publisher.note(project) { $0.refusal = refusal.headline }
    guard !isKnown else { return }
    log.error("reload refused, the old version goes on serving:\n\(refusal.text)", metadata: ["project": "\(project)"])
  }
}
