//! What the demo prints: who said what, and after it each promise with what the emulators saw.
import SwitchboardSDK
import Synchronization

final class DemoReport: Sendable {
  private let startedAt: Timestamp
  private let clock: SystemClock
  private let counts = Mutex((passed: 0, failed: 0))
  private let usesColour: Bool

  init(clock: SystemClock, usesColour: Bool) {
    self.clock = clock
    self.startedAt = clock.now()
    self.usesColour = usesColour
  }

  var passed: Int { counts.withLock { $0.passed } }
  var failed: Int { counts.withLock { $0.failed } }

  func heading(_ text: String) { print("\n\(coloured(text, "1"))") }

  /// One line of the play, with the demo's clock.
  func says(_ who: String, _ what: String) {
    let seconds = clock.now().millisecondsSince(startedAt) / 1_000
    let stamp = "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    print("  \(String(repeating: " ", count: max(0, 6 - stamp.count)))\(stamp)  \(who)  \(oneLine(what))")
  }

  /// One thing that must have happened, judged by what the emulators saw.
  func check(_ text: String, _ isTrue: Bool, found: @autoclosure () -> String = "") {
    counts.withLock { counts in
      if isTrue { counts.passed += 1 } else { counts.failed += 1 }
    }
    print(
      "    \(isTrue ? coloured("✓", "32") : coloured("✗", "31")) \(text)\(isTrue ? "" : "; found: \(oneLine(found()))")"
    )
  }

  private func oneLine(_ text: String) -> String {
    let flat = text.split(separator: "\n").joined(separator: " ⏎ ")
    return flat.count > 110 ? String(flat.prefix(109)) + "…" : flat
  }

  private func coloured(_ text: String, _ code: String) -> String {
    usesColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
