//! Copies the log into the file beside the commits instead of within them: a checkpoint inside a commit makes
//! that commit ten times as slow as its neighbours.
internal import Dispatch
internal import Synchronization

/// `@unchecked Sendable`: `connection` is touched on `queue` only, which is serial; `operations` on the writer's queue
/// only; all else is atomic.
final class Checkpointer: @unchecked Sendable {
  /// About 16 MB of log at the usual size of a message.
  private static let operationsBetween = 4_096
  /// The log starts again from its beginning only when all of it has been copied and nobody writes meanwhile.
  /// Past this size the writer itself copies the last bit, once, between two transactions. Frames are pages (4 KiB).
  private static let framesMax = 16_384

  private let queue = DispatchQueue(label: "switchboard.journal.checkpoints", qos: .utility)
  private var connection: Connection?
  private var operations = 0
  private let isRunning = Atomic<Bool>(false)
  private let mustFinish = Atomic<Bool>(false)

  init(_ connection: Connection) { self.connection = connection }

  /// Called by the writer after each transaction.
  func written(_ count: Int, by writer: Connection) {
    operations += count
    if mustFinish.load(ordering: .acquiring) {
      mustFinish.store(false, ordering: .releasing)
      // A checkpoint that fails (a full disk, say) is tried again later; the log holds everything meanwhile.
      _ = try? writer.checkpoint()
      operations = 0
    } else if operations >= Self.operationsBetween, !isRunning.exchange(true, ordering: .acquiringAndReleasing) {
      operations = 0
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
