//! The transport's thread: sleeps in epoll until a socket, a timer of libcurl's or a new request wakes it. What a turn
//! costs depends on what happened, not on how many requests are under way.
internal import CCurl
internal import CLinux
internal import Glibc
internal import SwitchboardSDK

/// Lives on its own thread from start to end; everything but `queue` is touched there alone.
final class CurlLoop {
  private let queue: TransferQueue
  private let limits: TransportLimits
  private let multi: UnsafeMutableRawPointer
  private let sockets: WatchedSockets
  private var byHandle: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var byTicket: [UInt64: UnsafeMutableRawPointer] = [:]
  private var places = PlaceQueues()
  /// Waited for room at their places, and have it now.
  private var admitted: [Submission] = []
  /// Handles ready for use again; each is some kilobytes and a few microseconds to make.
  private var pool: [UnsafeMutableRawPointer] = []
  /// No request under way is due earlier; may lag behind requests that have ended.
  private var nextDeadline = Int64.max
  private var stopDeadline: Int64?

  static let pooledHandlesMax = 512

  static func start(queue: TransferQueue, limits: TransportLimits) throws(HTTPError) {
    guard switchboard_curl_start() == 0, let multi = curl_multi_init() else {
      throw HTTPError(.other, mayHaveBeenSent: false, "libcurl cannot be started")
    }
    guard let sockets = WatchedSockets(multi) else {
      curl_multi_cleanup(multi)
      throw HTTPError(.other, mayHaveBeenSent: false, "no descriptor is left to wait with")
    }
    switchboard_curl_limit(
      multi, Int64(limits.connectionsPerHostMax), Int64(limits.connectionsMax), Int64(limits.connectionsMax))
    queue.attach(bell: sockets.bell)
    let loop = Unmanaged.passRetained(CurlLoop(queue: queue, limits: limits, multi: multi, sockets: sockets))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, loop.toOpaque())
    guard failure == 0 else {
      loop.release()
      _ = queue.detach()
      curl_multi_cleanup(multi)
      throw HTTPError(.other, mayHaveBeenSent: false, "no thread can be started (errno \(failure))")
    }
    pthread_detach(thread)
  }

  private init(
    queue: TransferQueue, limits: TransportLimits, multi: UnsafeMutableRawPointer, sockets: WatchedSockets
  ) {
    self.sockets = sockets
    self.queue = queue
    self.limits = limits
    self.multi = multi
  }

  private func run() {
    switchboard_curl_enter_thread("switchboard-net")
    while true {
      let batch = queue.take()
      for submission in batch.submissions where places.admits(submission, max: limits.requestsPerPlaceMax) {
        begin(submission)
      }
      for ticket in batch.cancelled { cancel(ticket) }
      sockets.runTimers()
      settleFinished()
      expireOverdue()
      beginAdmitted()
      if let grace = batch.graceMilliseconds, shouldStop(graceMilliseconds: grace) { break }
      sockets.wait(milliseconds: waitMilliseconds())
    }
    end()
  }

  private func begin(_ submission: Submission) {
    guard let easy = pool.popLast() ?? curl_easy_init() else {
      let error = HTTPError(.other, mayHaveBeenSent: false, "libcurl has no memory for a request")
      submission.continuation.resume(returning: .failure(error))
      return leave(submission)
    }
    let deadline = Self.now() + CurlTransfer.clamped(submission.request.timeoutMilliseconds)
    let transfer = CurlTransfer(submission, deadline: deadline, headerBytesMax: limits.headerBytesMax)
    byHandle[easy] = transfer
    byTicket[submission.ticket] = easy
    let code = transfer.prepare(easy, limits: limits)
    guard code == CURLE_OK else {
      return finish(easy, with: CurlOutcome.outcome(code, of: transfer, status: 0), isAdded: false)
    }
    guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
      let error = CurlOutcome.error(.other, transfer, "libcurl refuses the request")
      return finish(easy, with: .failure(error), isAdded: false)
    }
    nextDeadline = min(nextDeadline, deadline)
  }

  private func cancel(_ ticket: UInt64) {
    if let at = admitted.firstIndex(where: { $0.ticket == ticket }) { return giveUp(admitted.remove(at: at)) }
    if let held = places.remove(ticket) {
      let error = HTTPError(.cancelled, mayHaveBeenSent: false, "cancelled by the caller")
      return held.continuation.resume(returning: .failure(error))
    }
    guard let easy = byTicket[ticket], let transfer = byHandle[easy] else { return }
    finish(easy, with: .failure(CurlOutcome.error(.cancelled, transfer, "cancelled by the caller")))
  }

  /// Has room, and never begins.
  private func giveUp(_ submission: Submission) {
    let error = HTTPError(.cancelled, mayHaveBeenSent: false, "cancelled by the caller")
    submission.continuation.resume(returning: .failure(error))
    leave(submission)
  }

  private func settleFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
        let transfer = byHandle[easy]
      else { continue }
      // Read before the handle is removed: libcurl frees the message with it.
      let code = message.pointee.data.result
      finish(easy, with: CurlOutcome.outcome(code, of: transfer, status: switchboard_curl_status(easy)))
    }
  }

  /// Ends what libcurl does not time out: requests that still wait for a connection.
  private func expireOverdue() {
    let now = Self.now()
    guard now > nextDeadline else { return }
    nextDeadline = .max
    for (easy, transfer) in byHandle {
      if now > transfer.deadline {
        finish(easy, with: .failure(CurlOutcome.error(.timeout, transfer, "no answer in time")))
      } else {
        nextDeadline = min(nextDeadline, transfer.deadline)
      }
    }
  }

  private func finish(
    _ easy: UnsafeMutableRawPointer, with outcome: Result<HTTPResponse, HTTPError>, isAdded: Bool = true
  ) {
    guard let transfer = byHandle.removeValue(forKey: easy) else { return }
    byTicket[transfer.submission.ticket] = nil
    if isAdded { curl_multi_remove_handle(multi, easy) }
    curl_easy_reset(easy)
    curl_slist_free_all(transfer.headerList)
    if pool.count < Self.pooledHandlesMax { pool.append(easy) } else { curl_easy_cleanup(easy) }
    transfer.submission.continuation.resume(returning: outcome)
    leave(transfer.submission)
  }

  /// A request has ended: the next one to the same place begins, its time-out with it.
  private func leave(_ submission: Submission) {
    if let next = places.leave(submission) { admitted.append(next) }
  }

  /// Some may end at once (a broken address) and make room for others.
  private func beginAdmitted() {
    while !admitted.isEmpty {
      let ready = admitted
      admitted = []
      for submission in ready { begin(submission) }
    }
  }

  private func shouldStop(graceMilliseconds: Int64) -> Bool {
    let now = Self.now()
    let deadline = min(stopDeadline ?? .max, now + min(max(graceMilliseconds, 0), 3_600_000))
    stopDeadline = deadline
    return (byHandle.isEmpty && admitted.isEmpty) || now >= deadline
  }

  /// Nothing to wait for but the bell when no request is under way.
  private func waitMilliseconds() -> Int64? {
    let due = min(byHandle.isEmpty ? .max : nextDeadline, stopDeadline ?? .max)
    return due == .max ? nil : max(due - Self.now() + 1, 1)
  }

  private func end() {
    let error = HTTPError(.cancelled, mayHaveBeenSent: false, "the transport is shut down")
    for submission in queue.detach() + places.removeAll() + admitted {
      submission.continuation.resume(returning: .failure(error))
    }
    for (easy, transfer) in byHandle {
      finish(easy, with: .failure(CurlOutcome.error(.cancelled, transfer, "the transport is shut down")))
    }
    for easy in pool { curl_easy_cleanup(easy) }
    pool = []
    curl_multi_cleanup(multi)
    queue.announceEnd()
  }

  /// Milliseconds of the monotonic clock.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
