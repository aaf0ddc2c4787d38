//! What passes through the journal between a command and the engines that serve: a request, and its answer.
import Foundation
import JournalCore
import SwitchboardSDK

struct PublicationRequest: Sendable {
  enum Wish: Sendable {
    /// These files; `released` are parts whose roll-back is to end.
    case publish([SourceFile], released: [String])
    case rollBack(part: String, version: String?)
  }
  static let kind = "request"
  static let answerKind = "answer"
  /// A request that nobody has taken up by then is no longer wanted: whoever asked has gone away.
  static let lifeMilliseconds: Int64 = 60_000

  var project: String
  var by: String
  var wish: Wish

  var value: Value {
    var members: [String: Value] = ["project": .text(project), "by": .text(by)]
    switch wish {
    case .publish(let files, let released):
      members["released"] = .list(released.map(Value.text))
      members["files"] = .list(
        files.map {
          [
            "kind": .text($0.kind.rawValue), "file": .text($0.file),
            "source": .text(String(decoding: $0.bytes, as: UTF8.self)),
          ]
        })
    case .rollBack(let part, let version):
      members["part"] = .text(part)
      members["to"] = version.map(Value.text) ?? .null
    }
    return .map(members)
  }

  init(project: String, by person: String, _ wish: Wish) {
    self.project = project
    self.by = person
    self.wish = wish
  }

  /// Nil for what is no request of ours.
  init?(_ value: Value) {
    guard let project = value["project"].textValue, let person = value["by"].textValue else { return nil }
    self.project = project
    self.by = person
    if let part = value["part"].textValue {
      wish = .rollBack(part: part, version: value["to"].textValue)
      return
    }
    var files: [SourceFile] = []
    for file in value["files"].listValue ?? [] {
      guard let kind = file["kind"].textValue.flatMap(Publication.Part.Kind.init), let name = file["file"].textValue,
        let source = file["source"].textValue
      else { return nil }
      files.append(SourceFile(kind: kind, file: name, bytes: Array(source.utf8)))
    }
    wish = .publish(files, released: (value["released"].listValue ?? []).compactMap(\.textValue))
  }
}

/// What an engine makes of a request.
enum PublicationAnswer: Sendable {
  /// `isNew`: not what served before.
  case published(Publication, isNew: Bool)
  case refused([String])

  var value: Value {
    switch self {
    case .published(let publication, let isNew): ["publication": publication.value, "new": .bool(isNew)]
    case .refused(let problems): ["problems": .list(problems.map(Value.text))]
    }
  }

  init?(_ value: Value) {
    if let problems = value["problems"].listValue {
      self = .refused(problems.compactMap(\.textValue))
    } else if let publication = Publication(value: value["publication"]) {
      self = .published(publication, isNew: value["new"].boolValue ?? true)
    } else {
      return nil
    }
  }
}

/// The command's side.
struct PublicationAsking: Sendable {
  let store: any PublicationStore
  private static let beatMilliseconds: Int64 = 100

  /// Waits until every request is answered; nil for one that nobody took up in time, which is then withdrawn.
  func answers(
    to requests: [PublicationRequest], within milliseconds: Int64
  ) async throws(JournalError) -> [PublicationAnswer?] {
    let clock = SystemClock()
    let deadline = clock.now().adding(milliseconds: milliseconds)
    let names = requests.map { _ in UUID().uuidString }
    for (name, request) in zip(names, requests) {
      try await store.setPublicationNote(
        PublicationNote(kind: PublicationRequest.kind, name: name, at: clock.now(), body: request.value))
    }
    var answers: [String: PublicationAnswer] = [:]
    while answers.count < names.count, clock.now() < deadline {
      await clock.sleep(milliseconds: Self.beatMilliseconds)
      let notes = try await store.publicationNotes(kind: PublicationRequest.answerKind)
      for note in notes where names.contains(note.name) { answers[note.name] = PublicationAnswer(note.body) }
    }
    for name in names {
      for kind in [PublicationRequest.kind, PublicationRequest.answerKind] {
        try await store.setPublicationNote(PublicationNote(kind: kind, name: name, at: clock.now(), body: .null))
      }
    }
    return names.map { answers[$0] }
  }

  /// Which nodes serve it, once all that are alive do, or the time is over; `missing` are alive and do not yet. Nil
  /// where there is but one process.
  func acknowledged(
    _ publication: Publication, within milliseconds: Int64
  ) async throws(JournalError) -> (serving: [NodePublication], missing: [String])? {
    guard let cluster = store as? any ClusterStore else { return nil }
    let clock = SystemClock()
    let deadline = clock.now().adding(milliseconds: milliseconds)
    while true {
      let living = try await cluster.livingNodes().map(\.name)
      let told = try await store.publicationNotes(kind: NodePublication.kind).compactMap { NodePublication($0) }
      let ours = told.filter { $0.project == publication.project && living.contains($0.node) }
      let serving = ours.filter { $0.number >= publication.number }
      // Who has told of other projects only serves those.
      let others = Set(told.map(\.node)).subtracting(ours.map(\.node))
      let missing = living.filter { name in !others.contains(name) && !serving.contains { $0.node == name } }
      if missing.isEmpty || clock.now() >= deadline { return (serving, missing.sorted()) }
      await clock.sleep(milliseconds: Self.beatMilliseconds)
    }
  }

  /// The publication with what became of work under way, once that is known; as it is when the time is over.
  func settled(_ publication: Publication, within milliseconds: Int64) async throws(JournalError) -> Publication {
    let clock = SystemClock()
    let deadline = clock.now().adding(milliseconds: milliseconds)
    while true {
      let found = try await store.publications(project: publication.project, limit: 64)
        .first { $0.number == publication.number }
      if let found, found.work != nil { return found }
      if clock.now() >= deadline { return found ?? publication }
      await clock.sleep(milliseconds: Self.beatMilliseconds)
    }
  }
}
