//! Receiving by `getUpdates`: take a batch, make it durable, move the offset, and only then ask on, which is what
//! confirms the batch to Telegram.
internal import SwitchboardSDK

struct LongPolling: Sendable {
  /// After a week without news Telegram may go on with any number (Bot API, `Update.update_id`); an old offset
  /// would then confirm news that nobody has read. One day of margin.
  static let offsetKeptMilliseconds: Int64 = 6 * 86_400_000
  static let storeKey = "polling.offset"

  let context: ConnectionContext
  let settings: TelegramSettings
  let api: BotAPI
  let intake: UpdateIntake

  /// Where to go on, and when the last update came.
  struct Position: Sendable, Hashable {
    var next: Int64
    var at: Timestamp
  }

  func run() async throws(PluginError) {
    // A webhook left from other times makes every getUpdates a 409; pending updates stay.
    guard try await dropWebhook() else { return }
    var recovery = ReceivingRecovery()
    guard var position = await storedPosition(&recovery) else { return }
    while !Task.isCancelled {
      let beganAt = context.clock.now()
      do throws(BotAPIFailure) {
        let updates = try await poll(from: position)
        context.health.report(.connected)
        guard !updates.isEmpty else {
          // A server that does not hold the call must not be asked a thousand times a second.
          if context.clock.now().millisecondsSince(beganAt) < 500 { await pause(recovery.pauseMilliseconds()) } else {
            recovery.succeeded()
          }
          continue
        }
        position = await take(updates, position, &recovery)
      } catch {
        guard try await recover(from: error, &recovery) else { return }
      }
    }
  }

  private func poll(from position: Position?) async throws(BotAPIFailure) -> [Value] {
    var parameters: [String: Value] = [
      "timeout": .int(settings.pollTimeoutSeconds), "allowed_updates": UpdateMapper.allowedUpdates,
    ]
    if let position, context.clock.now().millisecondsSince(position.at) < Self.offsetKeptMilliseconds {
      parameters["offset"] = .int(position.next)
    }
    let result = try await api.call(
      "getUpdates", parameters, timeoutMilliseconds: settings.pollTimeoutSeconds * 1_000 + 10_000)
    guard let updates = result.listValue else { throw BotAPIFailure("getUpdates", .garbage(status: 200)) }
    return updates
  }

  /// The new position, or the old one when the batch has to come again.
  private func take(
    _ updates: [Value], _ position: Position?, _ recovery: inout ReceivingRecovery
  ) async -> Position? {
    do throws(IntakeError) {
      try await intake.take(updates)
    } catch {
      let milliseconds = recovery.pauseMilliseconds()
      context.log.log(
        .error, "updates not stored, Telegram keeps them: \(error.detail)", ["retry_in_ms": String(milliseconds)])
      await pause(milliseconds)
      return position
    }
    // The last one, not the highest: after a restart of the numbering old offsets mean nothing.
    guard let last = updates.compactMap({ $0["update_id"].intValue }).last, last < Int64.max else {
      context.log.log(.error, "a batch of updates without any update_id")
      await pause(recovery.pauseMilliseconds())
      return position
    }
    recovery.succeeded()
    let moved = Position(next: last + 1, at: context.clock.now())
    do throws(IntakeError) {
      try await context.store.set(Self.storeKey, ["next": .int(moved.next), "at": .int(moved.at.milliseconds)])
    } catch {
      // Harmless: Telegram itself remembers what was confirmed, and the intake knows what it has seen.
      context.log.log(.warning, "polling offset not stored: \(error.detail)")
    }
    return moved
  }

  /// Outer nil: cancelled. Inner nil: nothing stored yet.
  private func storedPosition(_ recovery: inout ReceivingRecovery) async -> Position?? {
    while !Task.isCancelled {
      do throws(IntakeError) {
        let stored = try await context.store.get(Self.storeKey)
        guard let next = stored["next"].intValue, let at = stored["at"].intValue else { return .some(nil) }
        return Position(next: next, at: Timestamp(milliseconds: at))
      } catch {
        context.log.log(.error, "polling offset not readable: \(error.detail)")
        await pause(recovery.pauseMilliseconds())
      }
    }
    return nil
  }

  /// False when cancelled.
  private func recover(
    from failure: BotAPIFailure, _ recovery: inout ReceivingRecovery
  ) async throws(PluginError) -> Bool {
    if Task.isCancelled { return false }
    switch recovery.verdict(on: failure) {
    case .cancelled: return false
    case .stop(let reason): throw reason
    case .pause(let milliseconds, let level):
      if let health = recovery.health(after: failure) { context.health.report(health) }
      context.log.log(level, failure.detail, ["retry_in_ms": String(milliseconds)])
      await pause(milliseconds)
      // Somebody set a webhook since: the configuration says polling, so it goes.
      let isWebhookInTheWay = failure.refusal?.description.contains("webhook is active") ?? false
      return isWebhookInTheWay ? try await dropWebhook() : true
    }
  }

  private func dropWebhook() async throws(PluginError) -> Bool {
    try await PatientCall(context: context, api: api)("deleteWebhook", ["drop_pending_updates": false])
  }

  private func pause(_ milliseconds: Int64) async { await context.clock.sleep(milliseconds: milliseconds) }
}
