//! What must be so at the end of a play, when all work is done.
import JournalCore
import SwitchboardSDK

extension Witness {
  func checkEnd(_ counts: JournalCounts, _ deeds: [SimulatedChannels.Deed]) {
    checkConservation(counts)
    checkDelivered(deeds)
    checkOrder(deeds)
    checkLedger(deeds)
  }

  /// Messages whose run ended well have been performed; those that nobody sent have not.
  private func checkDelivered(_ deeds: [SimulatedChannels.Deed]) {
    let performed = Set(deeds.map(\.key.run))
    for (id, run) in runs.sorted(by: { $0.key < $1.key }) where run.status == .done && run.flow != "@echo" {
      guard let event = events[run.event] else { continue }
      if run.outcome == "delivered", !performed.contains(id) {
        broken(.delivered, "run \(id) of \(run.flow) ended well, nothing of event \(run.event) was performed")
      }
      if run.outcome == "done", event.source.event.kind == .message {
        broken(.delivered, "run \(id) of \(run.flow) ended without a word of event \(run.event)")
      }
    }
  }

  /// Each run of blocks that came to its end has counted itself, once.
  func checkCount(_ count: Int64, project: String) {
    let runs = runs.values.filter { run in
      run.flow == SimulatedFlows.blocks && run.status == .done && events[run.event]?.project == project
    }
    if count != Int64(runs.count) {
      broken(.countedOnce, "\(project): \(runs.count) runs of blocks have ended, \(count) are counted")
    }
  }

  /// The ledger and the channels tell the same story.
  private func checkLedger(_ deeds: [SimulatedChannels.Deed]) {
    for (id, run) in runs {
      for (sequence, call) in run.calls where call.state == .sent && call.deeds == 0 {
        broken(.delivered, "call \(sequence) of run \(id) is `sent` and was never performed")
      }
    }
  }

  /// By the numbers in the texts, whatever lanes and runs say: a customer's messages in his thread, and the answers to
  /// him, in the order in which they were accepted.
  private func checkOrder(_ deeds: [SimulatedChannels.Deed]) {
    var seen: [CustomerPlace: [EventID]] = [:]
    var told: Set<RunID> = []
    for deed in deeds {
      guard let run = runs[deed.key.run], run.flow == "relay", !run.isTimer, !run.hasLostPlace else { continue }
      guard told.insert(deed.key.run).inserted, deed.text.contains("#") else { continue }
      let place = CustomerPlace(connection: deed.connection, customer: deed.customer)
      for other in seen[place, default: []] where precedes(run.event, other) {
        broken(.conversationOrder, "\(place.customer) on \(place.connection): event \(run.event) after \(other)")
      }
      seen[place, default: []].append(run.event)
    }
  }

  /// A greeting comes only where nothing was said to the customer for so long. By wall clock: only for worlds in
  /// which nobody sets it.
  func checkGreetings(_ deeds: [SimulatedChannels.Deed], clockSpreadMilliseconds: Int64) {
    var answered: [CustomerPlace: SimulatedChannels.Deed] = [:]
    for deed in deeds where deed.connection.hasPrefix("avito") {
      let place = CustomerPlace(connection: deed.connection, customer: deed.customer)
      let isGreeting = runs[deed.key.run]?.isTimer == true
      if isGreeting, let last = answered[place], last.key != deed.key,
        deed.at - last.at < SimulatedFlows.onceMilliseconds - clockSpreadMilliseconds
      {
        broken(.greetedOnce, "\(deed.customer) is greeted \(deed.at - last.at) ms after '\(last.text)'")
      }
      answered[place] = deed
    }
  }
}

extension Witness {
  /// Doors that say "accepted" too early have said it of these.
  func checkEarly(_ early: [SourceEvent]) {
    for event in early { acknowledged(event) }
  }
}

extension SimulationFigures {
  mutating func add(_ witness: Witness) {
    for run in witness.runs.values {
      for call in run.calls.values {
        calls += call.deeds
        repetitions += max(call.deeds - 1, 0)
      }
    }
  }
}
