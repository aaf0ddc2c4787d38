import FlowModel
import SwitchboardSDK
import Testing

/// A run that loses everything but its stored state, after any of its outputs, comes to what an undisturbed one does.
@Suite struct ResumeTests {
  @Test(arguments: 0..<300)
  func `a generated flow that is broken off anywhere ends as the one that was not`(seed: Int) {
    var maker = FlowMaker(seed: UInt64(seed))
    let steps = maker.steps(depth: 3)
    let callees = [maker.callee("helper")]
    let channel = maker.channel
    let start = { BlockPlay(steps, vars: ["list": ["x", "y", "z"], "n": 0], callees: callees, channel: channel) }
    var whole = start()
    whole.play()
    var rude = start()
    rude.play(crashingAfter: { _ in true })
    expectSame(rude, whole, "broken off after every output")
    var generator = SplitMix(seed: UInt64(seed) &+ 99)
    for _ in 0..<3 {
      let share = UInt64.random(in: 2...7, using: &generator)
      var some = start()
      some.play(crashingAfter: { UInt64($0) % share == 0 })
      expectSame(some, whole, "broken off after every \(share)th output")
    }
  }

  private func expectSame(_ play: BlockPlay, _ whole: BlockPlay, _ how: String) {
    #expect(play.outcome == whole.outcome, "\(how)")
    #expect(play.sent.sorted() == whole.sent.sorted(), "\(how)")
    #expect(play.state.vars == whole.state.vars, "\(how)")
    #expect(play.state.results == whole.state.results, "\(how)")
    #expect(play.elapsed == whole.elapsed, "\(how)")
  }

  @Test func `the generated flows use every block, and end in every way`() {
    var kinds: Set<String> = []
    var ends: Set<String> = []
    for seed in 0..<300 {
      var maker = FlowMaker(seed: UInt64(seed))
      let steps = maker.steps(depth: 3)
      let callees = [maker.callee("helper")]
      kinds.formUnion(maker.kinds)
      var play = BlockPlay(
        steps, vars: ["list": ["x", "y", "z"], "n": 0], callees: callees, channel: maker.channel)
      play.play()
      ends.insert(String(play.outcome?.prefix { $0 != ":" } ?? ""))
    }
    #expect(kinds == ["say", "set", "fail", "route", "filter", "try", "each", "parallel", "flow", "end"])
    #expect(ends.isSuperset(of: ["delivered", "parked", "dead", "dropped"]), "\(ends)")
  }
}

struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Makes flows of all blocks, by chance, but always the same for a seed.
struct FlowMaker {
  private var generator: SplitMix
  private let seed: UInt64
  private var count = 0
  private var isInCallee = false
  private(set) var kinds: Set<String> = []

  init(seed: UInt64) {
    self.seed = seed
    generator = SplitMix(seed: seed)
  }

  /// Each text has a fate: most go out, some at a later try, some never.
  var channel: BlockPlay.Channel {
    let seed = seed
    return { text, time in
      var fate = text.utf8.reduce(seed &+ 7) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      fate ^= fate >> 29
      switch fate % 10 {
      case 0: return .fails(.invalid)
      case 1: return time < 2 ? .fails(.transient) : .sent
      case 2: return time < 5 ? .fails(.transient) : .sent
      default: return .sent
      }
    }
  }

  mutating func callee(_ name: String) -> Flow {
    isInCallee = true
    defer { isInCallee = false }
    return BlockPlay.flow(
      name, steps(depth: 1), vars: ["list": ["p", "q"], "n": 5, "given": .null], result: .path(["vars", "n"]))
  }

  mutating func steps(depth: Int) -> [Step] { (0..<pick(1...3)).map { _ in step(depth: depth) } }

  private mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  private mutating func chance(_ part: Int) -> Bool { pick(1...part) == 1 }

  private mutating func step(depth: Int) -> Step {
    count += 1
    let id = "s\(count)"
    var step = depth > 0 && !chance(3) ? block(id, depth: depth - 1) : simple(id)
    if chance(6) { step.condition = .parsed(chance(2) ? "vars.n >= 0" : "vars.n < 0") }
    if chance(5) { step.onError = policy }
    return step
  }

  private var policy: ErrorPolicy {
    mutating get {
      let last: ErrorPolicy.Last = [.park, .skip, .skip, .deadLetter][pick(0...3)]
      return .retrying(pick(0...2), then: last)
    }
  }

  private mutating func simple(_ id: String) -> Step {
    switch pick(0...11) {
    case 0:
      kinds.insert("fail")
      return .fails(id, "fault of \(id)")
    case 1, 2:
      kinds.insert("set")
      // In a branch beside others only what is its own may be set: `n` only counts in order.
      return .set(id, "v\(id)", "string(each.index) + 'x'")
    case 3 where chance(2):
      kinds.insert("end")
      return .make(id, chance(2) ? .stop : .drop(reason: id))
    default:
      kinds.insert("say")
      return .say(id, "\(id) {each.index} {item} {error.code} {vars.given}")
    }
  }

  private mutating func block(_ id: String, depth: Int) -> Step {
    let timeout: Int64? = chance(4) ? Int64(pick(1...9)) * 700 : nil
    switch pick(0...6) {
    case 0:
      kinds.insert("route")
      let branches = [
        Branch(when: .parsed("vars.n < 0"), steps: steps(depth: depth)), Branch(when: nil, steps: steps(depth: depth)),
      ]
      return .make(id, .route(branches), timeout: timeout)
    case 1:
      kinds.insert("filter")
      return .make(id, .filter(.parsed("vars.n == 0 or true"), otherwise: .stop), timeout: timeout)
    case 2, 3:
      kinds.insert("try")
      return .make(id, .attempt(steps(depth: depth), handler: steps(depth: depth)), timeout: timeout)
    case 4:
      kinds.insert("each")
      return .each(
        id, chance(4) ? "vars.n" : "vars.list", result: chance(2) ? "item" : nil, timeout: timeout, steps(depth: depth))
    case 5 where !isInCallee:
      kinds.insert("flow")
      return .calling(id, "helper", ["given": "'of \(id)'"])
    default:
      kinds.insert("parallel")
      return .parallel(id, timeout: timeout, (0..<pick(2...3)).map { _ in steps(depth: depth) })
    }
  }
}
