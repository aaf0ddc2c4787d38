//! The emulated Bot API server: HTTP outside, `TelegramWorld` inside, faults between them.

internal import SwitchboardSDK

package actor TelegramEmulator: ControlledEmulator {
  package nonisolated let clock: EmulatorClock
  let configuration: TelegramEmulatorConfiguration
  private nonisolated let address = BoundAddress()
  var world: TelegramWorld
  var faults = FaultPlan()
  private var log: RequestLog
  /// Parked long polls, by bot.
  var polls: [Int64: LongPoll] = [:]
  var lastPollNumber = 0
  /// Why a poll was ended against its will, by its number, until it wakes.
  var refusals: [Int: BotAPIError] = [:]
  var pollWatchers: [AsyncStream<Void>.Continuation] = []
  /// Chat queues of webhooks, by bot, that are being delivered.
  var delivering: [Int64: Set<Int64>] = [:]
  var deliveries: AsyncStream<WebhookQueue>.Continuation?
  var messageWatchers: [Int: AsyncStream<SeenMessage>.Continuation] = [:]
  var lastWatcherNumber = 0

  package init(configuration: TelegramEmulatorConfiguration = TelegramEmulatorConfiguration()) {
    self.configuration = configuration
    self.clock = configuration.clock
    self.world = Self.makeWorld(configuration)
    self.log = RequestLog(keptMax: configuration.requestsKeptMax)
  }

  private static func makeWorld(_ configuration: TelegramEmulatorConfiguration) -> TelegramWorld {
    TelegramWorld(
      messagesKeptMax: configuration.messagesKeptMax, checksFlood: configuration.checksFlood,
      callbackLifetimeMilliseconds: configuration.callbackLifetimeMilliseconds)
  }

  /// Serves until cancelled or gracefully shut down; delivers webhooks meanwhile. Runs once.
  package func run() async throws(RequestError) {
    let server = EmulatorServer(host: configuration.host, port: configuration.port, address: address) {
      [weak self] request in
      await self?.handle(request) ?? .html(status: 502, title: "Bad Gateway")
    }
    let outcome: Result<Void, RequestError> = await withTaskGroup(of: Result<Void, RequestError>?.self) { group in
      group.addTask {
        do throws(RequestError) { return .success(try await server.run()) } catch { return .failure(error) }
      }
      group.addTask {
        await self.deliverWebhooks()
        return nil
      }
      while let ended = await group.next() {
        guard let ended else { continue }
        group.cancelAll()
        return ended
      }
      return .success(())
    }
    try outcome.get()
  }

  /// The TCP port, as soon as the emulator listens.
  package nonisolated func port() async throws(RequestError) -> Int { try await address.port() }

  /// What connectors take as `api_url`, without a final slash.
  package nonisolated func baseURL() async throws(RequestError) -> String {
    "http://\(configuration.host):\(try await port())"
  }

  /// Answers one request; usable without a network too.
  package nonisolated func handle(_ request: EmulatorRequest) async -> EmulatorAnswer {
    let segments = request.pathSegments
    guard let first = segments.first else { return BotAPIError.notFound.answer }
    if first == ControlRoutes.prefix { return await ControlRoutes.answer(request, for: self) }
    if first == "file", segments.count > 2, segments[1].hasPrefix("bot") {
      return await download(token: String(segments[1].dropFirst(3)), path: segments[2...].joined(separator: "/"))
    }
    guard first.hasPrefix("bot"), segments.count == 2 else { return BotAPIError.notFound.answer }
    guard request.method == "GET" || request.method == "POST" else {
      return .html(status: 405, title: "Method Not Allowed")
    }
    do throws(RequestError) {
      let parameters = try RequestParameters.read(request)
      return await perform(token: String(first.dropFirst(3)), segments[1], parameters, request)
    } catch {
      return BotAPIError.badRequest(error.detail).answer
    }
  }

  private func bot(token: String) throws(BotAPIError) -> Int64 {
    guard TelegramWorld.isWellFormed(token: token) else { throw .invalidToken }
    guard let bot = world.botByToken[token], world.bots[bot]?.isRevoked == false else { throw .unauthorized }
    return bot
  }

  private func download(token: String, path: String) -> EmulatorAnswer {
    do throws(BotAPIError) {
      let file = try world.download(path, try bot(token: token), now: clock.now())
      let fault = faults.take("file")
      var answer = refusal(fault)
        ?? EmulatorAnswer(
          status: 200, headers: [HTTPHeader("content-type", "application/octet-stream")], body: file.bytes)
      answer.delivery = delivery(fault)
      log.count("file")
      return answer
    } catch {
      return error.answer
    }
  }

  private func perform(
    token: String, _ name: String, _ parameters: RequestParameters, _ request: EmulatorRequest
  ) async -> EmulatorAnswer {
    let method = BotMethod(anyCase: name)
    let operation = method?.rawValue ?? name
    let fault = faults.isEmpty ? nil : faults.take(operation) { JSON.text(.map(parameters.values)) }
    let receivedAt = clock.now()
    var answer: EmulatorAnswer
    var errorText = ""
    if let refused = refusal(fault) {
      answer = refused
      errorText = String(decoding: refused.body, as: UTF8.self)
    } else {
      do throws(BotAPIError) {
        let bot = try bot(token: token)
        guard let method else { throw .notFound }
        apply(special: fault, parameters)
        answer = try await call(method, try MethodArguments(method, parameters), bot, fault)
      } catch {
        answer = error.answer
        errorText = error.description
      }
    }
    answer.delivery = delivery(fault)
    if log.keepsDetails {
      log.record(
        RecordedRequest(
          operation: operation, httpMethod: request.method, path: "/bot***/\(name)", parameters: parameters.values,
          files: parameters.files.map(RecordedFile.init), headers: request.headers, receivedAt: receivedAt,
          status: answer.delivery == .whole ? answer.status : 0, errorText: errorText,
          fault: fault.map { String(describing: $0) } ?? ""))
    } else {
      log.count(operation)
    }
    return answer
  }

  /// Performs a checked call and wakes whoever waits for its consequences.
  func call(
    _ method: BotMethod, _ arguments: MethodArguments, _ bot: Int64, _ fault: Fault.Kind? = nil
  ) async throws(BotAPIError) -> EmulatorAnswer {
    switch method {
    case .getUpdates:
      if fault == .duplicateDelivery { world.redeliver(bot) }
      return Self.success(try await getUpdates(arguments, bot, confirms: fault != .duplicateDelivery))
    case .setWebhook:
      let text = try world.setWebhook(
        arguments, bot, allowsHTTP: configuration.allowsHTTPWebhooks, now: clock.now())
      endPoll(bot, .conflict("terminated by setWebhook request"))
      wakeWebhook(bot)
      return Self.success(true, description: text)
    case .deleteWebhook:
      return Self.success(true, description: world.deleteWebhook(drops: arguments.flag("drop_pending_updates"), bot))
    default:
      let fetched = try await fetchingAddress(method, arguments)
      let result = try world.call(method, fetched, bot, now: clock.now())
      announceChanges()
      return Self.success(result)
    }
  }

  /// A file may be given by its address: the server fetches it, photos up to 5 MB, others up to 20 MB.
  private func fetchingAddress(
    _ method: BotMethod, _ arguments: MethodArguments
  ) async throws(BotAPIError) -> MethodArguments {
    guard let name = method.fileParameter, let http = configuration.http else { return arguments }
    let address = arguments.text(name)
    guard address.hasPrefix("http://") || address.hasPrefix("https://") else { return arguments }
    let bytesMax: Int64 = method == .sendPhoto ? 5 << 20 : 20 << 20
    let response: HTTPResponse
    do {
      response = try await http.send(HTTPRequest(url: address, responseBytesMax: bytesMax))
    } catch {
      throw .badRequest("failed to get HTTP URL content")
    }
    guard response.status == 200 else { throw .badRequest("failed to get HTTP URL content") }
    let fileName = address.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").last.map { String($0) } ?? "file"
    var replaced = arguments
    replaced.replace(
      name,
      with: UploadedFile(
        field: name, fileName: fileName, mimeType: response.header("content-type") ?? "", bytes: response.body))
    return replaced
  }

  static func success(_ result: Value, description: String? = nil) -> EmulatorAnswer {
    var body: [String: Value] = ["ok": true, "result": result]
    if let description { body["description"] = .text(description) }
    return .json(.map(body))
  }

  /// The answer of a fault that keeps the request from being performed.
  private func refusal(_ fault: Fault.Kind?) -> EmulatorAnswer? {
    switch fault {
    case .tooManyRequests(let seconds)?: BotAPIError.tooManyRequests(retryAfterSeconds: seconds).answer
    case .serverError(502)?: .html(status: 502, title: "Bad Gateway")
    case .serverError(504)?: .html(status: 504, title: "Gateway Time-out")
    case .serverError(let status)?: .html(status: status, title: "Internal Server Error")
    case .answer(let status, let body)?:
      EmulatorAnswer(
        status: status, headers: [HTTPHeader("content-type", "application/json")], body: Array(body.utf8))
    case .neverAnswer?, .closeConnection?: EmulatorAnswer(status: 500)
    default: nil
    }
  }

  private func delivery(_ fault: Fault.Kind?) -> EmulatorAnswer.Delivery {
    switch fault {
    case .neverAnswer?, .performThenNeverAnswer?: .never
    case .performThenCutAnswer?: .cutInTheMiddle
    case .performThenCloseConnection?, .closeConnection?: .connectionClosed
    default: .whole
    }
  }

  /// `deleteTopic`: somebody deletes the request's topic just before it arrives.
  private func apply(special fault: Fault.Kind?, _ parameters: RequestParameters) {
    guard fault == .special("deleteTopic") else { return }
    func number(_ name: String) -> Int64? {
      parameters.values[name].flatMap { $0.intValue ?? $0.textValue.flatMap { Int64($0) } }
    }
    if let chat = number("chat_id"), let thread = number("message_thread_id") {
      world.eraseTopic(ChatKey(owner: 0, id: chat), thread)
    }
  }

  /// Wakes long polls, webhook queues and watchers after the world has changed.
  func announceChanges() {
    for bot in world.takeTouched() {
      polls[bot]?.signal.finish()
      wakeWebhook(bot)
    }
    guard world.isWatched else { return }
    for message in world.takeNewMessages() {
      for watcher in messageWatchers.values { watcher.yield(message) }
    }
  }

  // MARK: ControlledEmulator

  package func addFault(_ fault: Fault) { faults.add(fault) }
  package func clearFaults() { faults.clear() }
  package func requestLog() -> RequestLog { log }

  /// Forgets everything: bots, people, chats, faults, requests.
  package func reset() {
    for bot in polls.keys { endPoll(bot, .unauthorized) }
    let isWatched = world.isWatched
    world = Self.makeWorld(configuration)
    world.isWatched = isWatched
    faults.clear()
    log.clear()
  }
}
