//! The SDK's HTTP port over libcurl: one thread, one multi handle, thousands of requests.
package import SwitchboardSDK

/// Sends requests for every connection of the process. Call `shutdown()` once before the process ends;
/// a transport that is merely dropped cuts what is under way.
///
/// Nothing is ever sent twice: libcurl by itself repeats a request whose reused connection closed before the first
/// byte of the answer; for all methods but GET and HEAD that repetition is refused before it goes out and the outcome
/// is `.interrupted` with `mayHaveBeenSent`.
package final class CurlTransport: HTTPPort, Sendable {
  private let queue: TransferQueue

  /// Throws `.other` when libcurl or a thread cannot be had.
  package init(limits: TransportLimits = TransportLimits()) throws(HTTPError) {
    queue = TransferQueue()
    try CurlLoop.start(queue: queue, limits: limits)
  }

  deinit { queue.close(graceMilliseconds: 0) }

  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    try RequestCheck.check(request)
    let ticket = queue.newTicket()
    let outcome: Result<HTTPResponse, HTTPError> = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        guard !Task.isCancelled else {
          let error = HTTPError(.cancelled, mayHaveBeenSent: false, "cancelled by the caller")
          return continuation.resume(returning: .failure(error))
        }
        queue.submit(Submission(ticket: ticket, request: request, continuation: continuation))
        // A cancellation that came just before the submission found nothing to cancel.
        if Task.isCancelled { queue.cancel(ticket) }
      }
    } onCancel: {
      queue.cancel(ticket)
    }
    return try outcome.get()
  }

  /// Refuses new requests, lets those under way finish for at most `graceMilliseconds`, cuts the rest
  /// (`.cancelled`), closes all connections and returns when the thread has ended. May be called repeatedly.
  package func shutdown(graceMilliseconds: Int64 = 0) async {
    queue.close(graceMilliseconds: graceMilliseconds)
    await queue.ended()
  }
}
