//! Publications in memory, and pending work on its way to another version.
internal import SwitchboardSDK

extension MemoryTables {
  mutating func apply(_ write: PublicationWrite) -> JournalWriteOutcome {
    switch write {
    case .publish(let publication, let sources):
      guard publication.number == Int64(publications[publication.project]?.count ?? 0) + 1 else {
        return .flag(false)
      }
      for source in sources { _ = apply(.saveFlowVersion(source)) }
      publications[publication.project, default: []].append(publication)
      return .flag(true)
    case .amend(let publication):
      let known = publications[publication.project] ?? []
      if let place = known.firstIndex(where: { $0.number == publication.number }) {
        publications[publication.project]?[place] = publication
      }
      return .done
    case .note(let note):
      publicationNotes[Pair(owner: note.kind, key: note.name)] = note.body.isNull ? nil : note
      return .done
    case .moveTimers(let moves):
      return .count(moves.count { move($0) })
    case .endTimers(let ended, let outcome, let at):
      return .count(ended.count { end($0, outcome: outcome, at: at) })
    }
  }

  private mutating func move(_ move: TimerMove) -> Bool {
    guard isPending(move.timer) else { return false }
    timers[move.timer.key]?.version = move.version
    timers[move.timer.key]?.state = move.state
    if let dueAt = move.dueAt { timers[move.timer.key]?.dueAt = dueAt }
    return true
  }

  private mutating func end(_ timer: TimerRecord, outcome: String, at moment: Timestamp) -> Bool {
    guard isPending(timer) else { return false }
    timers[timer.key] = nil
    let row = RunRow(
      event: timer.event, flow: timer.flow, version: timer.version, label: timer.label, lane: timer.lane,
      changedAt: moment)
    let id = insertRun(row)
    var closed = row
    closed.status = .done
    closed.outcome = outcome
    put(closed, id)
    return true
  }

  /// Whether the very timer still waits: not another that has taken its key.
  private func isPending(_ timer: TimerRecord) -> Bool {
    guard let known = timers[timer.key] else { return false }
    return known.version == timer.version && known.event == timer.event && known.dueAt == timer.dueAt
  }

  func timers(ofFlow flow: String, project: String, after key: String, limit: Int) -> [TimerRecord] {
    let found = timers.values.filter { timer in
      timer.flow == flow && timer.project == project && key.utf8.lexicographicallyPrecedes(timer.key.utf8)
    }
    return Array(found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.prefix(max(0, limit)))
  }

  func timers(keyPrefix prefix: String, after key: String, limit: Int) -> [TimerRecord] {
    let found = timers.values.filter { timer in
      timer.key.utf8.starts(with: prefix.utf8) && key.utf8.lexicographicallyPrecedes(timer.key.utf8)
    }
    return Array(found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.prefix(max(0, limit)))
  }

  func openRuns(ofFlow flow: String, project: String, after: RunID, limit: Int) -> [FlowRun] {
    let start = after == .max ? openRunIDs.count : placeAmongOpen(after + 1)
    let found = openRunIDs[start...].lazy.compactMap { id -> FlowRun? in
      guard let run = runs[id], run.flow == flow, events[run.event]?.project == project else { return nil }
      return FlowRun(id: id, version: run.version, label: run.label, status: run.status, state: run.state)
    }
    return Array(found.prefix(max(0, limit)))
  }
}
