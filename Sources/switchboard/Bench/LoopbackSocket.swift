//! TCP sockets of the loopback, for the benchmark's two ends.
import Glibc

enum LoopbackSocket {
  /// Nil when nobody listens, or the system has no descriptor left.
  static func connected(port: UInt16) -> Int32? {
    open { descriptor, address, length in connect(descriptor, address, length) == 0 }(port)
  }

  static func listening(port: UInt16) -> Int32? {
    open { descriptor, address, length in
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      return bind(descriptor, address, length) == 0 && listen(descriptor, 4_096) == 0
    }(port)
  }

  static func accepted(from listener: Int32) -> Int32? {
    let descriptor = accept(listener, nil, nil)
    guard descriptor >= 0 else { return nil }
    sendAtOnce(descriptor)
    return descriptor
  }

  private static func open(
    _ use: @escaping (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) -> (UInt16) -> Int32? {
    { port in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      let isUsable = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard isUsable else {
        close(descriptor)
        return nil
      }
      sendAtOnce(descriptor)
      return descriptor
    }
  }

  private static func sendAtOnce(_ descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }
}
