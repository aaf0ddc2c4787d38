//! `GET /health`: 200 while the process takes work, 503 when it does not; the body says why.
import SwitchboardSDK

struct HealthRoute: Sendable {
  let ports: GatewayPorts

  func answer() async -> GatewayReply {
    let report = await ports.health()
    return GatewayReply(status: report.status == .unavailable ? 503 : 200, body: JSON.bytes(report.value))
  }
}
