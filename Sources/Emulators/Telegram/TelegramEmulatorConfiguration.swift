//! What one may choose about the emulated Telegram.

package import SwitchboardSDK

package struct TelegramEmulatorConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0 lets the system choose; `TelegramEmulator.port()` tells.
  package var port = 0
  package var clock = EmulatorClock()
  /// For webhooks; without one they stay undelivered.
  package var http: (any HTTPPort)?
  /// Takes `http://` webhooks and any port, as a local Bot API server does.
  package var allowsHTTPWebhooks = false
  /// Refuses with 429 what is over the documented limits (`FloodControl`).
  package var checksFlood = false
  /// How many requests keep their details; 0 only counts (for benchmarks).
  package var requestsKeptMax = 10_000
  /// How many messages stay, over all chats; older ones are forgotten.
  package var messagesKeptMax = 200_000
  package var callbackLifetimeMilliseconds: Int64 = 60_000
  /// How long a webhook receiver may take.
  package var webhookTimeoutMilliseconds: Int64 = 60_000

  package init() {}
}
