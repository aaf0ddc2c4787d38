//! Copies the log into the file beside the commits instead of within them: a checkpoint inside a commit makes
//! that commit ten times as slow as its neighbours.
internal import Dispatch
internal import Synchronization

/// `@unchecked Sendable`: `connection` is touched on `queue` only, which is serial; `pages` and `pagesLogged` on the
/// writer's queue only; all else is atomic.
final class Checkpointer: @unchecked Sendable {
  /// Pages of 4 KiB between two checkpoints: 16 MB.
  private static let pagesBetween = 4_096
  /// The log starts again from its beginning only when all of it has been copied and nobody writes meanwhile.
  /// Past this size (64 MB of pages) the writer itself copies the last bit, between two transactions: also when the
  /// machine is so busy that `queue` hardly gets to run.
  private static let framesMax = 16_384

  private let queue = DispatchQueue(label: "switchboard.journal.checkpoints", qos: .utility)
  private var connection: Connection?
  private var pages = 0
  /// Pages written since the log last began anew.
  private var pagesLogged = 0
  private let isRunning = Atomic<Bool>(false)

  init(_ connection: Connection) { self.connection = connection }

  /// Called by the writer after each transaction.
  func written(by writer: Connection) {
    let count = writer.takeWrittenPages()
    pages += count
    pagesLogged += count
    if pagesLogged >= Self.framesMax {
      // Busy (`queue` is copying just now) or failing (a full disk, say): tried again after the next transaction;
      // the log holds everything meanwhile.
      guard let frames = try? writer.checkpoint(), frames.logged >= 0, frames.copied == frames.logged else { return }
      pages = 0
      pagesLogged = 0
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
    _ = try? connection?.checkpoint()
    isRunning.store(false, ordering: .releasing)
  }
}
