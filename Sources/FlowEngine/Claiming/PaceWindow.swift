//! The places of one rate limit. A call holds its place from its beginning until the limit's time after its end, so
//! that delays on the way cannot crowd calls at the other side. And the stretch for which a channel closed itself.
import DequeModule
import SwitchboardSDK

struct PaceWindow {
  /// Nil holds nobody up.
  var limit: RateLimit?
  /// Calls under way.
  private(set) var held = 0
  /// Ends of calls that still count, oldest first.
  private var ends: Deque<Timestamp> = []

  init(_ limit: RateLimit?) { self.limit = limit }

  /// When the next call may begin: `now`, later, or nil when one that is under way must end first.
  mutating func free(at now: Timestamp) -> Timestamp? {
    guard let limit else { return now }
    // Ends in the future: the clock was set back. Better a call too many than an hour's silence.
    while let last = ends.last, last > now { ends.removeLast() }
    while let first = ends.first, first.adding(milliseconds: limit.perMilliseconds) <= now { ends.removeFirst() }
    // After a change of the limit there may be more than fit.
    let surplus = held + ends.count - limit.calls
    guard surplus >= 0 else { return now }
    guard surplus < ends.count else { return nil }
    return ends[surplus].adding(milliseconds: limit.perMilliseconds)
  }

  mutating func hold() { if limit != nil { held += 1 } }

  /// `now` is nil for a call that was not made after all.
  mutating func release(at now: Timestamp?) {
    guard limit != nil, held > 0 else { return }
    held -= 1
    if let now { ends.append(now) }
  }

  mutating func isIdle(at now: Timestamp) -> Bool {
    _ = free(at: now)
    return held == 0 && ends.isEmpty
  }
}

/// What a channel said with «retry after»: no call from one moment up to another.
struct PaceClosure: Sendable, Hashable {
  var from: Timestamp
  var until: Timestamp

  /// Before its beginning it does not hold: then the clock was set back.
  func holds(at now: Timestamp) -> Bool { from <= now && now < until }
}
