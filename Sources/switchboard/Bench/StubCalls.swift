//! Calls of the Bot API as `ChannelStub` understands them, on bytes.
import CLinux

struct StubCalls {
  enum When { case usual, held, never }
  struct Call {
    var answer: [UInt8]
    var when = When.usual
    var arrival: Arrival?
  }

  private let settings: ChannelStub.Settings
  private let paths: [[UInt8]]
  private let groupField: [UInt8]
  private var lastMessage = 0
  private var lastThread = 0

  init(_ settings: ChannelStub.Settings) {
    self.settings = settings
    paths = settings.tokens.map { Array("POST /bot\($0)/".utf8) }
    groupField = Array(#""chat_id":\#(settings.group),"#.utf8)
  }

  mutating func answer(_ request: HTTPBytes.Whole, at now: Int64) -> Call {
    guard let path = paths.first(where: { request.head.starts(with: $0) }) else {
      return Call(answer: Self.refusal(401, "Unauthorized"))
    }
    let rest = UnsafeRawBufferPointer(rebasing: request.head[path.count...])
    if rest.starts(with: "sendMessage ".utf8) { return message(request.body, at: now) }
    if rest.starts(with: "createForumTopic ".utf8) {
      lastThread += 1
      return Call(
        answer: Self.success(#"{"message_thread_id":\#(lastThread + 1),"name":"Клиент","icon_color":7322096}"#))
    }
    if rest.starts(with: "getUpdates ".utf8) { return Call(answer: Self.success("[]"), when: .held) }
    if rest.starts(with: "getMe ".utf8) {
      return Call(
        answer: Self.success(#"{"id":2000001,"is_bot":true,"first_name":"Desk","username":"bench_desk_bot"}"#))
    }
    return Call(answer: Self.success("true"))
  }

  /// The parameters come as the engine writes them: JSON, keys in order, the text last.
  private mutating func message(_ body: UnsafeRawBufferPointer, at now: Int64) -> Call {
    guard let chat = groupField.withUnsafeBytes({ Self.find($0, in: body) }), chat == 1,
      let threadAt = HTTPBytes.find(#""message_thread_id":"#, in: body),
      let textAt = HTTPBytes.find(#""text":""#, in: body), body.count > textAt + 10, body.last == UInt8(ascii: "}"),
      let markAt = HTTPBytes.find(BenchMessages.mark, in: body)
    else { return Call(answer: Self.refusal(400, "Bad Request: not what this stand-in was told to expect")) }
    let dueAt = HTTPBytes.number(in: body, from: markAt + 3)
    var numberAt = markAt + 3
    while numberAt < body.count, body[numberAt] != UInt8(ascii: "_") { numberAt += 1 }
    let number = HTTPBytes.number(in: body, from: numberAt + 1)
    let thread = HTTPBytes.number(in: body, from: threadAt + 20)
    if let stuck = settings.stuckDialog, number % settings.dialogs == stuck { return Call(answer: [], when: .never) }
    lastMessage += 1
    let head =
      #"{"ok":true,"result":{"message_id":\#(lastMessage),"from":{"id":2000001,"is_bot":true,"first_name":"Desk","#
      + #""username":"bench_desk_bot"},"chat":{"id":\#(settings.group),"title":"Bench","is_forum":true,"#
      + #""type":"supergroup"},"date":1795217938,"message_thread_id":\#(thread),"is_topic_message":true,"#
    let echo = UnsafeRawBufferPointer(rebasing: body[textAt...])
    var bytes = Self.head(200, length: head.utf8.count + echo.count + 1)
    bytes += head.utf8
    bytes += echo
    bytes.append(UInt8(ascii: "}"))
    return Call(
      answer: bytes, arrival: Arrival(number: number, thread: thread, nanosecondsSinceDue: now - Int64(dueAt)))
  }

  private static func find(_ wanted: UnsafeRawBufferPointer, in buffer: UnsafeRawBufferPointer) -> Int? {
    let at = switchboard_find(buffer.baseAddress, buffer.count, wanted.baseAddress, wanted.count)
    return at < 0 ? nil : at
  }

  private static func success(_ result: String) -> [UInt8] {
    let body = #"{"ok":true,"result":\#(result)}"#
    return head(200, length: body.utf8.count) + Array(body.utf8)
  }

  private static func refusal(_ status: Int, _ description: String) -> [UInt8] {
    let body = #"{"ok":false,"error_code":\#(status),"description":"\#(description)"}"#
    return head(status, length: body.utf8.count) + Array(body.utf8)
  }

  private static func head(_ status: Int, length: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128 + length)
    bytes += "HTTP/1.1 \(status) OK\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\n\r\n".utf8
    return bytes
  }
}
