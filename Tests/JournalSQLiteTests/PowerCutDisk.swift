//! A folder on a disk whose power can be cut, and the image that it leaves.
import Foundation
import PowerCutVFS

/// `@unchecked Sendable`: the C side does everything under one lock of its own.
final class PowerCutDisk: @unchecked Sendable {
  struct Trouble: Error { let what: String }

  private let disk: OpaquePointer

  /// Takes over what lies in the folder. The power goes after so many file operations.
  init(folder: TemporaryFolder, operationsUntilCut: Int) throws {
    guard power_cut_install() else { throw Trouble(what: "SQLite did not take the file system") }
    guard let disk = power_cut_mount(folder.path, Int64(operationsUntilCut)) else {
      throw Trouble(what: "\(folder.path) cannot be followed")
    }
    self.disk = disk
  }

  deinit { power_cut_unmount(disk) }

  var isCut: Bool { power_cut_has_happened(disk) }
  var report: power_cut_report { power_cut_told(disk) }

  /// No operation succeeds from here on.
  func cut() { power_cut_now(disk) }

  /// What is on the disk after the cut, in a folder of its own. The same seed makes the same image.
  func image(keepPercent: Int, seed: UInt64) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    guard power_cut_save(disk, folder.path, Int32(keepPercent), seed) else { throw Trouble(what: "no image") }
    return folder
  }
}
