//! The customers' messages of the benchmark: Telegram updates of about 900 bytes in Cyrillic. Each carries its
//! number and the moment it was due, by which the other end knows it.

struct BenchMessages: Sendable {
  /// The text ends in this, the moment (nanoseconds of the monotonic clock) and the number: `t0_<moment>_<number>`.
  static let mark: StaticString = "t0_"

  private let head: [UInt8]
  private let firstUser: Int
  private let dialogs: Int

  init(port: UInt16, path: String, headers: [String], firstUser: Int = 7_000_000, dialogs: Int) {
    var head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
    for header in headers { head += header + "\r\n" }
    self.head = Array((head + "Content-Length: ").utf8)
    self.firstUser = firstUser
    self.dialogs = dialogs
  }

  /// The whole request with message number n.
  func request(_ number: Int, sentAt moment: Int64) -> [UInt8] {
    let user = String(firstUser + number % dialogs)
    let id = String(number + 1)
    let mark = "\(moment)_\(number)"
    let variable = 2 * id.utf8.count + 2 * user.utf8.count + mark.utf8.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(head.count + Self.fixedBytes + variable + 16)
    bytes += head
    bytes += String(Self.fixedBytes + variable).utf8
    bytes += Self.emptyLine
    bytes += Self.parts[0]
    bytes += id.utf8
    bytes += Self.parts[1]
    bytes += id.utf8
    bytes += Self.parts[2]
    bytes += user.utf8
    bytes += Self.parts[3]
    bytes += user.utf8
    bytes += Self.parts[4]
    bytes += mark.utf8
    bytes += Self.parts[5]
    return bytes
  }

  private static let emptyLine = Array("\r\n\r\n".utf8)
  private static let parts: [[UInt8]] = [
    #"{"update_id":"#, #","message":{"message_id":"#, #","from":{"id":"#,
    #","is_bot":false,"first_name":"Клиент","last_name":"Петрович","language_code":"ru"},"chat":{"id":"#,
    #","first_name":"Клиент","last_name":"Петрович","type":"private"},"date":1795217938,"text":""#
      + "Здравствуйте! Подскажите, пожалуйста, объявление ещё актуально? Хотел бы подъехать посмотреть сегодня "
      + "вечером или завтра утром, если удобно. Возможна ли оплата картой? Заранее большое спасибо за ответ! t0_",
    #""}}"#,
  ].map { Array($0.utf8) }
  private static let fixedBytes = parts.reduce(0) { $0 + $1.count }
}
