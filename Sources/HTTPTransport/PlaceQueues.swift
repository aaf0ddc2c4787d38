//! Requests that wait because enough are under way to the same place. Touched by the transport's thread alone.
internal import SwitchboardSDK

struct PlaceQueues {
  private struct Place {
    var underWay = 0
    var held: [Submission] = []
    var head = 0
  }
  private var places: [Substring: Place] = [:]
  private var heldCount = 0

  /// True when the request may begin now; else it is kept, in its order.
  mutating func admits(_ submission: Submission, max: Int) -> Bool {
    let key = Self.place(of: submission.request.url)
    if places[key, default: Place()].underWay < max {
      places[key, default: Place()].underWay += 1
      return true
    }
    places[key]?.held.append(submission)
    heldCount += 1
    return false
  }

  /// A request that was admitted has ended; the one that takes its room.
  mutating func leave(_ submission: Submission) -> Submission? {
    let key = Self.place(of: submission.request.url)
    guard var place = places[key] else { return nil }
    defer { places[key] = place.underWay > 0 ? place : nil }
    guard place.head < place.held.count else {
      place.underWay -= 1
      return nil
    }
    let next = place.held[place.head]
    place.head += 1
    heldCount -= 1
    if place.head > 1_024 || place.head == place.held.count {
      place.held.removeFirst(place.head)
      place.head = 0
    }
    return next
  }

  /// A request that waits, given up by its caller; nil when it does not wait (any more).
  mutating func remove(_ ticket: UInt64) -> Submission? {
    guard heldCount > 0 else { return nil }
    for (key, place) in places {
      guard let at = place.held[place.head...].firstIndex(where: { $0.ticket == ticket }) else { continue }
      heldCount -= 1
      return places[key]?.held.remove(at: at)
    }
    return nil
  }

  mutating func removeAll() -> [Submission] {
    let all = places.values.flatMap { $0.held[$0.head...] }
    for key in places.keys { places[key]?.held = [] }
    for key in places.keys { places[key]?.head = 0 }
    heldCount = 0
    return all
  }

  /// `https://host/first`: what comes before the third slash and the part behind it.
  static func place(of url: String) -> Substring {
    var slashes = 0
    let end = url.utf8.firstIndex { byte in
      if byte == UInt8(ascii: "/") { slashes += 1 }
      return slashes == 4
    }
    return url[..<(end ?? url.endIndex)]
  }
}
