//! What the gateway asks of the rest of the house. It knows HTTP; it knows no engine, no plugin and no store.
package import SwitchboardSDK

package struct GatewayPorts: Sendable {
  /// The addresses that exist at this moment; asked for each request, so a reload needs no restart.
  package var directory: @Sendable () -> WebhookDirectory
  /// One webhook call whose address and secret have been checked. `address.connection` is the connection's own
  /// name (also for a bare address) and `address.secret` is nil. A 200 must mean: durable.
  package var webhook: @Sendable (WebhookAddress, WebhookRequest) async -> WebhookAnswer
  /// Where a connection's webhooks are worked on; nil: anywhere.
  package var executor: @Sendable (_ connection: String) -> (any TaskExecutor)?
  package var health: @Sendable () async -> HealthReport
  /// The Prometheus text.
  package var metrics: @Sendable () async -> String

  package init(
    directory: @escaping @Sendable () -> WebhookDirectory,
    webhook: @escaping @Sendable (WebhookAddress, WebhookRequest) async -> WebhookAnswer,
    executor: @escaping @Sendable (_ connection: String) -> (any TaskExecutor)? = { _ in nil },
    health: @escaping @Sendable () async -> HealthReport,
    metrics: @escaping @Sendable () async -> String = { "" }
  ) {
    self.directory = directory
    self.webhook = webhook
    self.executor = executor
    self.health = health
    self.metrics = metrics
  }
}
