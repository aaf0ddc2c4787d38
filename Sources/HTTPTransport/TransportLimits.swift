//! What one transport may hold open at once.

package struct TransportLimits: Sendable, Hashable {
  /// Connections to one host and port; further requests wait for one to come free, their time-out running. An API
  /// that takes 50 ms to answer gets 20 requests a second through each.
  package var connectionsPerHostMax: Int
  package var connectionsMax: Int
  /// Requests under way to one place (a host and the first part of its paths: one bot, one API). More wait here, before
  /// their time-outs run: a request that has waited half its time for a connection and is then sent would end in an
  /// unknown outcome, and be repeated.
  package var requestsPerPlaceMax: Int
  /// A connection idle for longer is not used again: most servers close theirs after 60–75 s, and a request that
  /// meets such a close has an unknown outcome.
  package var idleConnectionSeconds: Int
  /// Answer headers, all lines together.
  package var headerBytesMax: Int

  package init(
    connectionsPerHostMax: Int = 384, connectionsMax: Int = 1_024, requestsPerPlaceMax: Int = 256,
    idleConnectionSeconds: Int = 45, headerBytesMax: Int = 64 << 10
  ) {
    self.connectionsPerHostMax = connectionsPerHostMax
    self.connectionsMax = connectionsMax
    self.requestsPerPlaceMax = requestsPerPlaceMax
    self.idleConnectionSeconds = idleConnectionSeconds
    self.headerBytesMax = headerBytesMax
  }
}
