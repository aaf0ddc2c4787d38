//! The sockets and the timer that libcurl asks to have watched, on epoll. Lives on the transport's thread.
internal import CCurl
internal import CLinux
internal import Glibc

final class WatchedSockets {
  /// An eventfd: rung by others, it ends the wait.
  let bell: Int32
  private let epoll: Int32
  private let multi: UnsafeMutableRawPointer
  /// By descriptor, what epoll watches it for. A socket that libcurl has done with for now stays, because its next
  /// request will want the same again, until something happens on it. One that was closed is no longer in the kernel's
  /// set, and its entry here says nothing to anybody.
  private var watched: [Int32: Interest] = [:]
  /// On the clock of `CurlLoop.now`; nil when libcurl waits for no time.
  private var timerDue: Int64?
  private var ready = [switchboard_epoll_ready](repeating: switchboard_epoll_ready(), count: 256)

  private struct Interest {
    /// In bits that libcurl (`CURL_POLL_IN`, `CURL_CSELECT_IN` …) and our epoll share: 1 to read, 2 to write.
    var bits: UInt32
    var isIdle: Bool
  }

  /// Nil when the system has no descriptor left.
  init?(_ multi: UnsafeMutableRawPointer) {
    let epoll = switchboard_epoll_create()
    let bell = switchboard_eventfd_create()
    guard epoll >= 0, bell >= 0,
      switchboard_epoll_set(epoll, bell, UInt32(SWITCHBOARD_EPOLL_READ), UInt32(bitPattern: bell), 1) == 0
    else {
      if epoll >= 0 { close(epoll) }
      if bell >= 0 { close(bell) }
      return nil
    }
    self.epoll = epoll
    self.bell = bell
    self.multi = multi
    switchboard_curl_events(multi, onWatch, onTimer, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    close(epoll)
    close(bell)
  }

  /// Lets libcurl go on with what is due by now: new requests, retries of addresses, time-outs.
  func runTimers() {
    guard let due = timerDue, due <= CurlLoop.now() else { return }
    timerDue = nil
    var running: Int32 = 0
    _ = curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
  }

  /// Waits until a socket is ready, the bell rings, libcurl's timer is due or the time is over, and lets libcurl work
  /// on the sockets. Nil waits for ever.
  func wait(milliseconds: Int64?) {
    var nanoseconds = milliseconds.map { min($0, 3_600_000) * 1_000_000 } ?? -1
    if let timerDue {
      let left = max(timerDue - CurlLoop.now(), 0) * 1_000_000
      nanoseconds = nanoseconds < 0 ? left : min(nanoseconds, left)
    }
    let count = switchboard_epoll_wait(epoll, &ready, Int32(ready.count), nanoseconds)
    guard count > 0 else { return }
    for index in 0..<Int(count) {
      let descriptor = Int32(bitPattern: ready[index].tag)
      if descriptor == bell { switchboard_eventfd_clear(bell) } else { act(on: descriptor, ready[index].events) }
    }
  }

  private func act(on descriptor: Int32, _ events: UInt32) {
    guard let interest = watched[descriptor] else { return }
    guard !interest.isIdle else {
      // A kept connection that the other side closes, or speaks on unasked: libcurl looks when it wants to use it.
      return forget(descriptor)
    }
    var running: Int32 = 0
    _ = curl_multi_socket_action(multi, descriptor, Int32(bitPattern: events), &running)
  }

  private func forget(_ descriptor: Int32) {
    watched[descriptor] = nil
    switchboard_epoll_set(epoll, descriptor, 0, 0, 0)
  }

  fileprivate func watch(_ descriptor: Int32, for bits: UInt32) {
    guard bits != 0 else { return forget(descriptor) }
    let isKnown = watched.updateValue(Interest(bits: bits, isIdle: false), forKey: descriptor) != nil
    let tag = UInt32(bitPattern: descriptor)
    // What rested may have been closed meanwhile, and its number be another socket's: the kernel knows.
    if isKnown, switchboard_epoll_set(epoll, descriptor, bits, tag, 0) == 0 { return }
    switchboard_epoll_set(epoll, descriptor, bits, tag, 1)
  }

  fileprivate func rest(_ descriptor: Int32) {
    guard let known = watched[descriptor] else { return }
    // Ready to be written to it always is: only what waits for something to read may stay.
    if known.bits == UInt32(SWITCHBOARD_EPOLL_READ) {
      watched[descriptor]?.isIdle = true
    } else {
      forget(descriptor)
    }
  }

  fileprivate func setTimer(milliseconds: Int) {
    timerDue = milliseconds < 0 ? nil : CurlLoop.now() + Int64(milliseconds)
  }
}

private func sockets(_ context: UnsafeMutableRawPointer?) -> WatchedSockets? {
  context.map { Unmanaged<WatchedSockets>.fromOpaque($0).takeUnretainedValue() }
}

private let onWatch: switchboard_curl_watch = { _, descriptor, what, context, _ in
  if what == CURL_POLL_REMOVE {
    sockets(context)?.rest(descriptor)
  } else {
    sockets(context)?.watch(descriptor, for: UInt32(bitPattern: what))
  }
  return 0
}

private let onTimer: switchboard_curl_timer = { _, milliseconds, context in
  sockets(context)?.setTimer(milliseconds: milliseconds)
  return 0
}
