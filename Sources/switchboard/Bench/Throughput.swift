//! One closed-loop run through the whole path: how fast, and what it cost whom.

struct Throughput: Sendable {
  var load: LoadResult
  var account: DeliveryAccount
  /// Delivered, from the first webhook to the last arrival.
  var rate: Double
  /// Processor microseconds a message.
  var engineCost: Double
  var generatorCost: Double
  var farEndCost: Double

  static func measure(
    _ load: LoadGenerator, first: Int, count: Int, stub: ChannelStub, engine: EngineProcess
  ) async throws -> Throughput {
    let engineBefore = ProcessFigures.processorSeconds(await engine.processID)
    let farEndBefore = stub.processorSeconds
    let startedAt = BenchThread.now()
    let result = await BenchThread.run { load.run(first: first, count: count, ratePerSecond: nil) }
    try await stub.delivered(result.answered)
    let engineSeconds = ProcessFigures.processorSeconds(await engine.processID) - engineBefore
    let farEndSeconds = stub.processorSeconds - farEndBefore
    let account = stub.takeAccount()
    let each = 1e6 / Double(max(1, result.answered))
    return Throughput(
      load: result, account: account, rate: Double(account.distinct) / (Double(account.lastAt - startedAt) / 1e9),
      engineCost: engineSeconds * each, generatorCost: result.processorSeconds * each, farEndCost: farEndSeconds * each)
  }

  func figures(wantedRate: Double?) -> [BenchFigure] {
    [
      BenchFigure(
        "delivered", rate, "messages/s", atLeast: wantedRate, peers: "reference stack 185–422, plain C 23200"),
      BenchFigure("lost", Double(load.answered - account.distinct), "", atMost: 0),
      BenchFigure("delivered twice", Double(account.repeated), "", atMost: 0),
      BenchFigure("out of order", Double(account.outOfOrder), "", atMost: 0),
      BenchFigure("refused", Double(load.refused), "", atMost: 0),
      BenchFigure("CPU of the engine", engineCost, "µs/message", peers: "plain C 45–78"),
      BenchFigure("CPU of the load generator", generatorCost, "µs/message"),
      BenchFigure("CPU of the far end", farEndCost, "µs/message"),
    ]
  }
}

extension ChannelStub {
  /// Waits until so many messages have arrived since the account began.
  func delivered(_ count: Int) async throws {
    var last = -1
    var stalled = 0
    while true {
      let now = deliveredCount
      if now >= count { return }
      stalled = now == last ? stalled + 1 : 0
      guard stalled < 3_000 else { throw DemoFailure("only \(now) of \(count) messages were delivered") }
      last = now
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
