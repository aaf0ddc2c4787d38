//! Copies the log into the file beside the commits instead of within them: a checkpoint inside a commit makes
//! that commit ten times as slow as its neighbours.
internal import Dispatch
internal import Synchronization

/// `@unchecked Sendable`: `connection` is touched on `queue` only, which is serial; `pages` on the writer's queue
/// only; all else is atomic.
final class Checkpointer: @unchecked Sendable {
  /// Pages of 4 KiB between two checkpoints: 16 MB.
  private static let pagesBetween = 4_096
  /// The log starts again from its beginning only when all of it has been copied and nobody writes meanwhile.
  /// Past this size (64 MB of pages) the writer itself copies the last bit, once, between two transactions.
  private static let framesMax = 16_384

  private let queue = DispatchQueue(label: "switchboard.journal.checkpoints", qos: .utility)
  private var connection: Connection?
  private var pages = 0
  private let isRunning = Atomic<Bool>(false)
  private let mustFinish = Atomic<Bool>(false)

  init(_ connection: Connection) { self.connection = connection }

  /// Called by the writer after each transaction.
  func written(by writer: Connection) {
    pages += writer.takeWrittenPages()
    if mustFinish.load(ordering: .acquiring) {
      mustFinish.store(false, ordering: .releasing)
      // A checkpoint that fails (a full disk, say) is tried again later; the log holds everything meanwhile.
      _ = try? writer.checkpoint()
      pages = 0
    } else if pages >= Self.pagesBetween, !isRunning.exchange(true, ordering: .acquiringAndReleasing) {
      pages = 0
      queue.async { self.run() }
    }
  }

  func close() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      queue.async {
        self.connection?.close()
        self.connection = nil
        done.resume()
      }
    }
  }

  private func run() {
    if let frames = try? connection?.checkpoint(), frames.logged > Self.framesMax {
      mustFinish.store(true, ordering: .releasing)
    }
    isRunning.store(false, ordering: .releasing)
  }
}
