//! What happened in a case, in order, as people read it below a failure; and as a snapshot keeps it.
import FlowModel
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseStory: @unchecked Sendable {
  private static let linesMax = 2_000
  private(set) var lines: [String] = []
  private var dropped = 0
  private let clock: CaseClock

  init(clock: CaseClock) { self.clock = clock }

  func tell(_ word: String, _ text: String) {
    guard lines.count < Self.linesMax else {
      dropped += 1
      return
    }
    let at = Self.duration(clock.elapsed)
    lines.append("+\(Self.padded(at, 9)) \(Self.padded(word, 9)) \(text)")
  }

  var count: Int { lines.count }
  var all: [String] { dropped == 0 ? lines : lines + ["… and \(dropped) lines more"] }

  static func duration(_ milliseconds: Int64) -> String {
    if milliseconds % 1_000 != 0 { return "\(milliseconds)ms" }
    let seconds = milliseconds / 1_000
    if seconds % 60 != 0 || seconds == 0 { return seconds < 600 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s" }
    if seconds % 3_600 != 0 {
      return seconds < 86_400 ? "\(seconds / 60)m" : "\(seconds / 3_600)h\(seconds / 60 % 60)m"
    }
    return seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds / 3_600)h"
  }

  static func quoted(_ text: String) -> String {
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ⏎ ")
    return line.count <= 300 ? "«\(line)»" : "«\(line.prefix(300))…»"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
