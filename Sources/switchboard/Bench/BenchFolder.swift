//! What every scenario needs and leaves nothing of: a folder, and the far end.
import Foundation

enum BenchFolder {
  static func with<Answer>(_ body: (URL) async throws -> Answer) async throws -> Answer {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory())
      .appendingPathComponent("switchboard-bench-\(getpid())-\(UInt32.random(in: .min ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }

  static func stub(
    roundTripMilliseconds: Int64 = 0, stuckDialog: Int? = nil, dialogs: Int = 1
  ) throws(DemoFailure) -> ChannelStub {
    let settings = ChannelStub.Settings(
      tokens: [BenchHouse.deskToken, BenchHouse.sourceToken], group: BenchHouse.group,
      roundTripMilliseconds: roundTripMilliseconds, stuckDialog: stuckDialog, dialogs: dialogs)
    guard let stub = ChannelStub(settings) else { throw DemoFailure("no free port for the far end") }
    return stub
  }
}
