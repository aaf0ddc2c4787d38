//! A strict stand-in for the Avito Messenger API: real HTTP on loopback, state in memory, troubles on command.
package import SwitchboardSDK

/// Start it with `run()`, find it with `url()`, play people with the control methods (`AvitoEmulator+Control`) or over
/// HTTP under `/_emulator/…`.
package actor AvitoEmulator: ControlledEmulator {
  package nonisolated let clock: EmulatorClock
  private nonisolated let host: String
  private nonisolated let port: Int
  private nonisolated let keptRequestsMax: Int
  private nonisolated let postman: AvitoPostman?
  private nonisolated let bound = BoundAddress()

  var world = AvitoWorld()
  private var faults = FaultPlan()
  private var log: RequestLog
  private var transcript = AvitoTranscript(keptMax: 0)
  var deliveries: [AvitoDelivery] = []
  private var deliveryWaiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  /// - Parameters:
  ///   - port: 0 lets the system choose.
  ///   - http: carries webhook calls; without it nothing is delivered.
  ///   - keptRequestsMax: how many requests the log and the transcript keep in full.
  package init(
    host: String = "127.0.0.1", port: Int = 0, clock: EmulatorClock = EmulatorClock(), http: (any HTTPPort)? = nil,
    keptRequestsMax: Int = 1_000
  ) {
    self.host = host
    self.port = port
    self.clock = clock
    self.keptRequestsMax = keptRequestsMax
    self.postman = http.map { AvitoPostman(http: $0) }
    self.log = RequestLog(keptMax: keptRequestsMax)
    self.transcript = AvitoTranscript(keptMax: keptRequestsMax)
  }

  /// Serves and delivers webhooks until cancelled. Throws when it cannot listen.
  package nonisolated func run() async throws(RequestError) {
    let server = EmulatorServer(host: host, port: port) { [weak self] request in
      guard let self else { return EmulatorAnswer(status: 503, delivery: .connectionClosed) }
      return await self.handle(request)
    }
    let outcome = await withTaskGroup(of: RequestError?.self) { group in
      group.addTask {
        do throws(RequestError) {
          try await server.run()
          return RequestError("stopped")
        } catch { return error }
      }
      group.addTask {
        do throws(RequestError) {
          let port = try await server.address.port()
          await self.listens(on: port)
        } catch { self.bound.fail(error.detail) }
        return nil
      }
      if let postman {
        group.addTask {
          await postman.run { await self.delivered($0) }
          return nil
        }
      }
      for await ended in group {
        guard let ended else { continue }
        group.cancelAll()
        return ended
      }
      return RequestError("stopped")
    }
    guard outcome.detail == "stopped" else { throw outcome }
  }

  /// `http://127.0.0.1:PORT`, as soon as it listens.
  package nonisolated func url() async throws(RequestError) -> String {
    "http://\(host):\(try await bound.port())"
  }

  private func listens(on port: Int) {
    world.base = "http://\(host):\(port)"
    bound.bind(port: port)
  }

  // MARK: Requests

  package func handle(_ request: EmulatorRequest) async -> EmulatorAnswer {
    switch request.pathSegments.first {
    case ControlRoutes.prefix: return await ControlRoutes.answer(request, for: self)
    case "image", "voice":
      let answer = world.file(request, at: clock.now())
      log.count("file")
      return answer
    default: break
    }
    guard let operation = AvitoOperation(request) else {
      let answer = AvitoError.noSuchPage.answer
      record(request, operation: request.rawPath, answer, fault: nil)
      return answer
    }
    let fault = faults.take(operation.name) {
      request.rawPath + "?" + request.rawQuery + "\n" + String(decoding: request.body, as: UTF8.self)
    }
    let answer = await answer(operation, request, fault)
    record(request, operation: operation.name, answer, fault: fault)
    return answer
  }

  private func answer(
    _ operation: AvitoOperation, _ request: EmulatorRequest, _ fault: Fault.Kind?
  ) async -> EmulatorAnswer {
    if let instead = fault.flatMap(AvitoFaults.answerInstead) { return instead }
    if let delay = fault.flatMap(AvitoFaults.delayMilliseconds) { await clock.sleep(milliseconds: delay) }
    var answer: EmulatorAnswer
    do throws(AvitoError) {
      answer = .json(try world.perform(operation, request, at: clock.now()))
    } catch { answer = error.answer }
    post()
    if let delivery = fault.flatMap(AvitoFaults.deliveryAfter) { answer.delivery = delivery }
    return answer
  }

  private func record(_ request: EmulatorRequest, operation: String, _ answer: EmulatorAnswer, fault: Fault.Kind?) {
    guard log.keepsDetails else { return log.count(operation) }
    transcript.add(request, isToken: operation == "token", status: answer.delivery == .never ? 0 : answer.status)
    log.record(transcript.recorded(request, operation, answer, fault: fault, at: clock.now()))
  }

  // MARK: Webhooks

  /// Hands what the world wants told to the postman.
  func post() {
    let notifications = world.outbox
    world.outbox = []
    guard let postman else { return }
    for notification in notifications {
      switch faults.take("webhook", parameters: { String(decoding: notification.body, as: UTF8.self) }) {
      case .duplicateDelivery:
        postman.post(notification)
        postman.post(notification)
      // Any other trouble loses the call: that is what Avito's incidents looked like (channels.md §2.5).
      case .some: continue
      case nil: postman.post(notification)
      }
    }
  }

  private func delivered(_ delivery: AvitoDelivery) {
    deliveries.append(delivery)
    let count = deliveries.count
    for waiter in deliveryWaiters where waiter.count <= count { waiter.continuation.resume() }
    deliveryWaiters.removeAll { $0.count <= count }
  }

  /// Returns once so many webhook calls have been made in all, answered or not.
  package func waitForDeliveries(_ count: Int) async {
    guard deliveries.count < count else { return }
    await withCheckedContinuation { deliveryWaiters.append((count, $0)) }
  }

  // MARK: ControlledEmulator

  package func addFault(_ fault: Fault) { faults.add(fault) }

  package func clearFaults() { faults.clear() }

  package func requestLog() -> RequestLog { log }

  /// Requests as JSON lines for `Tests/python/validate_requests.py`, oldest first.
  package func transcriptLines() -> [String] { transcript.lines }

  package func reset() {
    let base = world.base
    world = AvitoWorld()
    world.base = base
    faults.clear()
    log.clear()
    transcript = AvitoTranscript(keptMax: keptRequestsMax)
    deliveries = []
  }
}
