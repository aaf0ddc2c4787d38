import FlowLoading
import Foundation
import SwitchboardSDK
import Testing

/// What a file says when only YAML itself is looked at.
private func problems(_ bytes: [UInt8]) -> [String] {
  var log = DiagnosticLog(file: "x.yaml")
  _ = YAMLTree.compose(bytes, into: &log)
  return log.diagnostics.map { "\($0.severity.rawValue) \($0.line):\($0.column) \($0.code.rawValue)" }
}

private func tree(_ text: String) -> Value? {
  var log = DiagnosticLog(file: "x.yaml")
  return YAMLTree.compose(Array(text.utf8), into: &log)?.value
}

@Suite struct YAMLTreeTests {
  @Test func `the core schema and nothing else decides what a plain word means`() {
    let text = "a: true\nb: 12\nc: -1001234567890123456\nd: 1.5\ne: ~\nf: text\n\"g\": \"12\"\nh: 0x1F\ni: 1e3\non: y\n"
    let expected: Value = [
      "a": true, "b": 12, "c": -1_001_234_567_890_123_456, "d": 1.5, "e": nil, "f": "text", "g": "12", "h": 31,
      "i": .double(1_000), "on": "y",
    ]
    #expect(tree(text) == expected)
  }

  @Test(arguments: ["0755", "22:30", "1_000", "0x_1F", "no", "On", "99999999999999999999", "1e400", ".inf"])
  func `what YAML 1.1 would have read differently is refused`(word: String) {
    #expect(problems(Array("a: \(word)\n".utf8)) == ["error 1:4 SB0119"])
    #expect(problems(Array("a: \"\(word)\"\n".utf8)).isEmpty)
  }

  @Test func `an address and a moment stay texts`() {
    #expect(
      tree("[127.0.0.1:8080, 2026-03-02T10:00:00+03:00, 1.2.3]") == [
        "127.0.0.1:8080", "2026-03-02T10:00:00+03:00", "1.2.3",
      ])
  }

  @Test func `aliases stand for their anchors, and a line separator stays in its text`() {
    #expect(tree("a: &x [1, 2]\nb: *x\n") == ["a": [1, 2], "b": [1, 2]])
    #expect(tree("a: \"x\u{2028}y\"\nb: 1\n") == ["a": "x\u{2028}y", "b": 1])
  }

  @Test func `all problems of a tree are told at once, sorted`() {
    let text = "a: 1\nb: 0755\na: 2\nc: *nothing\nd: !Ref x\n"
    #expect(
      problems(Array(text.utf8)) == ["error 2:4 SB0119", "error 3:1 SB0108", "error 4:4 SB0115", "error 5:4 SB0118"])
  }

  @Test func `of a thousand problems fifty are shown`() {
    let text = (0..<1_000).map { "k\($0): 0755\n" }.joined()
    #expect(problems(Array(text.utf8)).count == 50)
  }

  @Test(arguments: [(64, true), (65, false)])
  func `sixty-four levels pass, one more does not`(depth: Int, passes: Bool) {
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(problems(Array(text.utf8)).isEmpty == passes)
  }

  @Test(arguments: [(9_999, true), (10_000, false)])
  func `ten thousand values pass, one more does not`(elements: Int, passes: Bool) {
    let text = String(repeating: "- a\n", count: elements)
    #expect(problems(Array(text.utf8)).isEmpty == passes)
  }

  @Test func `a file of one mebibyte passes, one byte more is refused unread`() {
    let limit = 1 << 20
    #expect(problems(Array(("a: 1\n#" + String(repeating: "c", count: limit - 6)).utf8)).isEmpty)
    #expect(problems([UInt8](repeating: 0x5B, count: limit + 1)) == ["error 1:1 SB0101"])
  }

  @Test func `a file of any bytes is read without a crash`() {
    var generator = Noise(state: 7)
    let alphabet = Array("[]{}:-?&*!|>'\"%@`#,\n\t ab01~<\u{0}é\u{2028}".utf8)
    for _ in 0..<3_000 {
      let bytes = (0..<Int(generator.next() % 60)).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      _ = problems(bytes)
    }
  }

  @Test(arguments: [
    String(repeating: "[", count: 20_000), String(repeating: "{a: ", count: 10_000),
    (0..<10_000).map { String(repeating: " ", count: min($0, 90)) + "a:\n" }.joined(),
    String(repeating: "- ", count: 20_000), String(repeating: "? ", count: 20_000),
    String(repeating: "[{", count: 20_000),
  ])
  func `deep nesting costs little`(text: String) {
    let milliseconds = cpuMilliseconds { #expect(!problems(Array(text.utf8)).isEmpty) }
    #expect(milliseconds <= 100)
  }
}

/// A small generator with a fixed start, so that a failure can be repeated.
struct Noise {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}

/// CPU time of this thread: what others do on the machine does not count.
func cpuMilliseconds(_ work: () -> Void) -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
  }
  let start = now()
  work()
  return now() - start
}
