import Testing

@testable import FlowEngine

/// Projects take turns at walking.
@Suite(.timeLimit(.minutes(1))) struct WalkSlotsTests {
  /// The lanes in the order in which they were given a slot, each leaving it at once.
  private static func order(_ slots: WalkSlots, _ count: Int) async -> [String] {
    var order: [String] = []
    for await lane in slots.ready {
      order.append(lane)
      slots.leave()
      if order.count == count { return order }
    }
    return order
  }

  @Test func `a project with a hundred lanes ready leaves another's next lane waiting for one turn`() async {
    let slots = WalkSlots(count: 1)
    for number in 0..<100 { slots.add(lane: "loud/\(number)") }
    for number in 0..<3 { slots.add(lane: "calm/\(number)") }
    let order = await Self.order(slots, 103)
    #expect(Array(order.prefix(7)) == ["loud/0", "loud/1", "calm/0", "loud/2", "calm/1", "loud/3", "calm/2"])
    #expect(order.filter { $0.hasPrefix("loud") } == (0..<100).map { "loud/\($0)" })
  }

  @Test func `three projects share slots equally, whatever they have waiting`() async {
    let slots = WalkSlots(count: 1)
    slots.add(lane: "first/0")
    for number in 0..<90 {
      slots.add(lane: "a/\(number)")
      if number < 10 { slots.add(lane: "b/\(number)") }
      if number < 10 { slots.add(lane: "c/\(number)") }
    }
    let order = await Self.order(slots, 31).dropFirst()
    for project in ["a", "b", "c"] { #expect(order.count { $0.hasPrefix(project + "/") } == 10) }
  }

  @Test func `a walker that waits for its channel takes up no slot, and comes back before new lanes`() async {
    let slots = WalkSlots(count: 1)
    slots.add(lane: "p/waits")
    var lanes = slots.ready.makeAsyncIterator()
    #expect(await lanes.next() == "p/waits")
    slots.leave()
    slots.add(lane: "p/other")
    #expect(await lanes.next() == "p/other")
    for number in 0..<10 { slots.add(lane: "p/\(number)") }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await slots.enter("p") }
      // Until it stands in line there is nobody before the new lanes.
      for _ in 0..<1_000 { await Task.yield() }
      slots.leave()
      await group.waitForAll()
    }
    slots.leave()
    #expect(await lanes.next() != nil)
  }

  @Test func `a stop lets everybody go on`() async {
    let slots = WalkSlots(count: 1)
    slots.add(lane: "p/1")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<5 { group.addTask { await slots.enter("p") } }
      slots.stop()
      await group.waitForAll()
    }
    await slots.enter("q")
  }
}
