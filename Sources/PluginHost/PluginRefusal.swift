//! Why a file is not taken as a plugin: each case is one sentence for the person who put it there.

package struct PluginRefusal: Error, Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    case unreadable(String)
    case notAFile
    case empty
    case tooLarge(bytesMax: Int)
    case worldWritable
    case notELF
    case notSharedLibrary
    case truncated
    case damaged
    case otherArchitecture(wanted: UInt16, found: UInt16)
    case noHandshake
    case damagedHandshake
    case contradictoryHandshake
    case abi(wanted: Int, found: Int)
    case sdkNewer(wanted: String, found: String)
    case compiler(wanted: String, found: String)
    case missingSymbol(String)
    case notLinkedToSDK
    case loading(String)
    case madeNothing
    case manifest(String)
    /// The same file, or the same plugin name, was met at `other`.
    case sameFile(other: String)
    case sameName(String, other: String)
  }

  package var file: String
  package var reason: Reason

  package init(file: String, reason: Reason) {
    self.file = file
    self.reason = reason
  }

  package var sentence: String { "\(file): \(explanation)" }

  private var explanation: String {
    switch reason {
    case .unreadable(let detail): "cannot be read: \(detail)"
    case .notAFile: "is no regular file"
    case .empty: "is empty"
    case .tooLarge(let bytesMax): "is larger than \(bytesMax) bytes"
    case .worldWritable: "may be written by every user of this machine; take that right away (chmod o-w)"
    case .notELF: "is no shared library (not an ELF file)"
    case .notSharedLibrary: "is no 64-bit little-endian shared library"
    case .truncated: "is cut short: the file ends before its contents do"
    case .damaged: "is damaged: its ELF tables contradict each other"
    case .otherArchitecture(let wanted, let found):
      "is built for another processor (ELF machine \(found), this program is \(wanted))"
    case .noHandshake: "is no Switchboard plugin: it holds no handshake record"
    case .damagedHandshake: "holds a damaged handshake record"
    case .contradictoryHandshake: "holds two handshake records that contradict each other"
    case .abi(let wanted, let found): "is built for plugin ABI \(found), this program speaks ABI \(wanted)"
    case .sdkNewer(let wanted, let found):
      "is built with SDK \(found), newer than the \(wanted) of this program; update the program"
    case .compiler(let wanted, let found):
      "is built with Swift \(found), this program with Swift \(wanted); build the plugin with Swift \(wanted)"
    case .missingSymbol(let name): "does not export '\(name)'"
    case .notLinkedToSDK:
      "does not link libSwitchboardSDK.so; depend on the SDK's dynamic product, never on a static copy"
    case .loading(let detail): "cannot be loaded: \(detail)"
    case .madeNothing: "made no plugin: its entry point returned null"
    case .manifest(let detail): "has a manifest that is wrong: \(detail)"
    case .sameFile(let other): "is the same file as \(other); keep one of them"
    case .sameName(let name, let other): "is a plugin named '\(name)', and so is \(other); keep one of them"
    }
  }
}
