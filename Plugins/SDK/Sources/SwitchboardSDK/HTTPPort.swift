//! The HTTP client that the host lends (libcurl behind it): a plugin brings none of its own.

public protocol HTTPPort: Sendable {
  /// Sends one request and returns the whole answer, whatever its status. Follows no redirects.
  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}

public struct HTTPRequest: Sendable, Hashable {
  public var method: String
  /// Absolute `http://` or `https://` address.
  public var url: String
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  /// From the start until the last byte of the answer.
  public var timeoutMilliseconds: Int64
  public var connectTimeoutMilliseconds: Int64
  /// An answer that grows over this is cut off with `.tooLarge`.
  public var responseBytesMax: Int64
  /// `http://`, `socks5h://` … with credentials; nil for a direct connection.
  public var proxy: String?
  /// For addresses that came from outside (a customer's link): only public internet addresses are connected to,
  /// checked after the name is resolved. Others end in `.badURL`, nothing sent. A proxy resolves names itself, so
  /// with one only addresses written as numbers can be checked.
  public var refusesPrivateAddresses = false

  public init(
    method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8] = [],
    timeoutMilliseconds: Int64 = 30_000, connectTimeoutMilliseconds: Int64 = 5_000,
    responseBytesMax: Int64 = 8 << 20, proxy: String? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutMilliseconds = timeoutMilliseconds
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.responseBytesMax = responseBytesMax
    self.proxy = proxy
  }
}

public struct HTTPHeader: Sendable, Hashable {
  public var name: String
  public var value: String
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

public struct HTTPResponse: Sendable, Hashable {
  public var status: Int
  public var headers: [HTTPHeader]
  public var body: [UInt8]

  public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of this name, letter case aside.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

public struct HTTPError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable {
    case badURL, resolve, connect, tls, timeout, interrupted, tooLarge, cancelled, other
  }
  public var code: Code
  /// False only when the server surely has not seen the request. Decides between `transient` and `unknown`.
  public var mayHaveBeenSent: Bool
  /// Never holds the address (it may carry a token).
  public var detail: String

  public init(_ code: Code, mayHaveBeenSent: Bool, _ detail: String) {
    self.code = code
    self.mayHaveBeenSent = mayHaveBeenSent
    self.detail = detail
  }
}
