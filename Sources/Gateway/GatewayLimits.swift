//! The gateway's limits against slow, endless and oversized clients: unit in the name, the reason above
//! (reliability.md §7, rows W4, H2, H3).

package struct GatewayLimits: Sendable, Hashable {
  /// A larger body is answered 413 and the connection closed. Telegram updates stay under 64 KiB, Avito's under 16.
  package var bodyBytesMax = 256 * 1024
  /// How much of a refused body is still read and thrown away, so that the client gets to see the answer
  /// instead of a reset connection. Costs no memory; past it the connection is closed, answer or not.
  package var drainBytesMax = 8 << 20
  /// Path and query. Ours are under 200 bytes.
  package var targetBytesMax = 8 * 1024
  package var headerFieldBytesMax = 16 * 1024
  package var headerListBytesMax = 32 * 1024
  package var headerFieldsMax = 100
  /// From the head of a request to its last byte: the slow-body clock.
  package var readMilliseconds: Int64 = 30_000
  /// A client that does not read its answers is dropped after this.
  package var writeStallMilliseconds: Int64 = 30_000
  /// Between requests on a kept connection, and for the head of the first.
  package var idleMilliseconds: Int64 = 60_000
  /// While the server stops: a request that is not read to its end by then is not waited for.
  package var stopMilliseconds: Int64 = 3_000
  /// Connections beyond this wait in the kernel's queue. Further bounded by the process's file limit.
  package var connectionsMax = 8_192
  package var backlog = 1_024

  package init() {}
}
