//! One node's way to the store: sometimes cut, with a refusal at once, or with a silence that ends only when the
//! connection is given up for dead.
import JournalCore

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class NodeLink: @unchecked Sendable {
  enum Cut { case refused, silent }

  private let time: VirtualTime
  private var cutUntil: Int64 = 0
  private var cut = Cut.refused
  private let mended = Wake()
  /// As `PostgresSettings.deadPeerMilliseconds`.
  private static let deadPeerMilliseconds: Int64 = 10_000

  init(time: VirtualTime) { self.time = time }

  var isCut: Bool { time.milliseconds < cutUntil }

  func cut(_ cut: Cut, milliseconds: Int64) {
    self.cut = cut
    cutUntil = time.milliseconds + milliseconds
  }

  func mend() { cutUntil = 0 }

  /// Once on the way to the store, and once on the way back: there what was asked for has been done.
  func pass() async throws(JournalError) {
    guard isCut else { return }
    if cut == .silent { await time.sleep(min(Self.deadPeerMilliseconds, cutUntil - time.milliseconds)) }
    // A silence that ends soon enough was only a delay.
    guard cut == .refused || isCut else { return }
    throw JournalError(.unavailable, "cut off from the store")
  }
}
