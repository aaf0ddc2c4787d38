//! A call that receiving cannot begin without (`setWebhook`, `deleteWebhook`): repeated until it succeeds.
internal import SwitchboardSDK

struct PatientCall: Sendable {
  let context: ConnectionContext
  let api: BotAPI

  /// False when the task was cancelled meanwhile.
  func callAsFunction(_ method: String, _ parameters: [String: Value]) async throws(PluginError) -> Bool {
    var recovery = ReceivingRecovery()
    while !Task.isCancelled {
      do throws(BotAPIFailure) {
        _ = try await api.call(method, parameters)
        context.health.report(.connected)
        return true
      } catch {
        switch recovery.verdict(on: error) {
        case .cancelled: return false
        case .stop(let reason): throw reason
        case .pause(let milliseconds, let level):
          if let health = recovery.health(after: error) { context.health.report(health) }
          context.log.log(level, error.detail, ["retry_in_ms": String(milliseconds)])
          await context.clock.sleep(milliseconds: milliseconds)
        }
      }
    }
    return false
  }
}
