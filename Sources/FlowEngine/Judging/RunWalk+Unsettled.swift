//! A journal that is away for longer than the node's lease breaks the walks off. What a call came to by then is known
//! here and nowhere else: it goes into the journal as soon as that is back, unless another node has the lane by then.
import JournalCore

extension RunWalk {
  /// To be called for a commit that failed.
  func leaveUnsettled(_ change: RunChange) {
    guard let hold, Task.isCancelled else { return }
    var change = change
    // Calls that the same commit was to note have not gone out, and will not from here.
    change.deliveries.removeAll { delivery in
      if case .settle = delivery { false } else { true }
    }
    guard !change.deliveries.isEmpty else { return }
    hold.keep(unsettled: change)
  }

  /// By the task around the walk, which the break does not cancel. The lane counts as walked until this is over: so it
  /// is still in the name under which the call was made, and the fence holds for it.
  func settleWhatWasLeft() async {
    guard !Task.isCancelled, let change = hold?.takeUnsettled() else { return }
    _ = await commit(change)
  }
}
