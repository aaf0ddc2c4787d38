//! A file or object in a message, described well enough to deliver it elsewhere or to name it to a person.

public struct Attachment: Sendable, Hashable {
  /// Raw values are the words of the flow language and of rules.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case image, voice, audio, video, document, sticker, location, contact, link, item, call
    /// A kind this connector does not know; `label` still says something readable.
    case other
  }

  public var kind: Kind
  /// What a person reads where the target channel cannot show it: «📍 Местоположение: Москва, Тверская 1».
  public var label: String
  /// A public address of it, when there is one.
  public var url: String?
  /// The channel's own id, to be given back to `Connector.fetch` of the connection it came from.
  public var fileID: String?
  /// The connection that can fetch `fileID`. Filled in by the engine at intake.
  public var connection: String?
  public var fileName: String?
  public var mimeType: String?
  public var sizeBytes: Int64?

  public init(
    kind: Kind, label: String, url: String? = nil, fileID: String? = nil, connection: String? = nil,
    fileName: String? = nil, mimeType: String? = nil, sizeBytes: Int64? = nil
  ) {
    self.kind = kind
    self.label = label
    self.url = url
    self.fileID = fileID
    self.connection = connection
    self.fileName = fileName
    self.mimeType = mimeType
    self.sizeBytes = sizeBytes
  }
}

/// The content of an attachment, held in memory (limits: `ConnectorCapabilities.fileBytesMax`).
public struct FetchedFile: Sendable, Hashable {
  public var bytes: [UInt8]
  public var fileName: String
  public var mimeType: String

  public init(bytes: [UInt8], fileName: String, mimeType: String) {
    self.bytes = bytes
    self.fileName = fileName
    self.mimeType = mimeType
  }
}
