//! What one transport may hold open at once.

package struct TransportLimits: Sendable, Hashable {
  /// Connections to one host and port; further requests wait for one to come free, their time-out running. An API
  /// that takes 50 ms to answer gets 20 requests a second through each.
  package var connectionsPerHostMax: Int
  package var connectionsMax: Int
  /// A connection idle for longer is not used again: most servers close theirs after 60–75 s, and a request that
  /// meets such a close has an unknown outcome.
  package var idleConnectionSeconds: Int
  /// Answer headers, all lines together.
  package var headerBytesMax: Int

  package init(
    connectionsPerHostMax: Int = 384, connectionsMax: Int = 1_024, idleConnectionSeconds: Int = 45,
    headerBytesMax: Int = 64 << 10
  ) {
    self.connectionsPerHostMax = connectionsPerHostMax
    self.connectionsMax = connectionsMax
    self.idleConnectionSeconds = idleConnectionSeconds
    self.headerBytesMax = headerBytesMax
  }
}
