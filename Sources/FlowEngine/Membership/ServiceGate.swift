//! Lets a service of which there is one for all nodes work only where its lease is.
import Synchronization

final class ServiceGate: Sendable {
  private struct State {
    var isOpen: Bool
    var isBusy = false
  }
  private let state: Mutex<State>
  private let left = Signal()
  /// Rung when the service may work again.
  private let alarm: Alarm

  init(isOpen: Bool, alarm: Alarm) {
    state = Mutex(State(isOpen: isOpen))
    self.alarm = alarm
  }

  var isOpen: Bool { state.withLock { $0.isOpen } }

  func open() {
    state.withLock { $0.isOpen = true }
    alarm.ring()
  }

  /// What the service looks at may have changed.
  func nudge() { alarm.ring() }

  /// Returns once the service has stopped working.
  func close() async {
    state.withLock { $0.isOpen = false }
    await left.wait { !self.state.withLock { $0.isBusy } }
  }

  /// False while the lease is elsewhere. One worker at a time.
  func enter() -> Bool {
    state.withLock { state in
      state.isBusy = state.isOpen
      return state.isOpen
    }
  }

  func leave() {
    state.withLock { $0.isBusy = false }
    left.signal()
  }
}
