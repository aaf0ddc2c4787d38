//! What must hold for every line of the log: one line, no secret, not too long, never in the way.
import Glibc
import Logging
import ServiceLogs
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceLogsTests {
  private static let moment = Timestamp(milliseconds: 1_772_434_800_123)

  private func line(
    _ format: LogFormat, _ text: String, _ fields: [(name: String, value: String)] = [], secrets: [String] = [],
    colour: Bool = false
  ) -> String {
    let record = LogRecord(at: Self.moment, level: .warning, logger: "intake", text: text, fields: fields)
    let line = LogLine(format: format, usesColour: colour).bytes(of: record, mask: SecretMask(secrets))
    return String(decoding: line, as: UTF8.self)
  }

  @Test func `a JSON record is one object on one line`() throws {
    let line = line(.json, "stored", [(name: "lane", value: "shop/avito/c1"), (name: "level", value: "x")])
    #expect(line.hasSuffix("}\n"))
    let record = try JSON.parse(line)
    #expect(record["ts"] == "2026-03-02T07:00:00.123Z")
    #expect(record["level"] == "warning")
    #expect(record["msg"] == "stored")
    #expect(record["logger"] == "intake")
    #expect(record["lane"] == "shop/avito/c1")
    #expect(record["field_level"] == "x")
  }

  @Test func `a record for people is one line, coloured only when asked`() {
    #expect(line(.pretty, "stored", [(name: "run", value: "7")]) == "07:00:00.123 warning  stored  intake run=7\n")
    #expect(line(.pretty, "stored", colour: true).contains("\u{1B}[33mwarning"))
    #expect(!line(.json, "stored", colour: true).contains("\u{1B}"))
  }

  @Test(arguments: LogFormat.allCases)
  func `nothing that anybody writes can forge a second line or steer a terminal`(format: LogFormat) throws {
    let nasty = "a\r\nb\u{1B}[31m\u{2028}\u{202E}\u{85}\u{7F}\u{0}\"\\ё😀"
    let line = line(format, nasty, [(name: "na\nme", value: nasty)])
    #expect(line.unicodeScalars.filter { $0.value < 0x20 } == ["\n"])
    for mark in ["\u{2028}", "\u{202E}", "\u{85}", "\u{7F}"] { #expect(!line.contains(mark)) }
    #expect(line.contains("ё😀"))
    if format == .json { #expect(try JSON.parse(line)["msg"] == .text(nasty)) }
  }

  @Test(arguments: LogFormat.allCases, [7_000, 1 << 20])
  func `a record stays under eight kibibytes whatever is put in`(format: LogFormat, length: Int) throws {
    let long = String(repeating: "ы\n", count: length / 2)
    let line = line(format, long, (0..<40).map { (name: "f\($0)", value: long) })
    #expect(line.utf8.count <= LogLine.bytesMax)
    #expect(line.utf8.count > 4_096)
    if format == .json { #expect(try JSON.parse(line)["cut"] == "fields") }
  }

  @Test(arguments: [
    "plain 123456:AAF-sec/ret+тайна end", "/bot123456%3AAAF-sec%2Fret%2B%D1%82%D0%B0%D0%B9%D0%BD%D0%B0/getMe",
    "/bot123456%3aAAF-sec%2fret%2b%d1%82%d0%b0%d0%b9%d0%bd%d0%b0/getMe",
    // base64 of the secret, of `u:` + secret, of `user:` + secret + `!`
    "MTIzNDU2OkFBRi1zZWMvcmV0K9GC0LDQudC90LA=", "dToxMjM0NTY6QUFGLXNlYy9yZXQr0YLQsNC50L3QsA==",
    "dXNlcjoxMjM0NTY6QUFGLXNlYy9yZXQr0YLQsNC50L3QsCE=",
  ])
  func `a known secret is masked in each of its disguises`(text: String) {
    let secret = "123456:AAF-sec/ret+тайна"
    let line = line(.json, text, [(name: "url", value: text)], secrets: [secret])
    #expect(line.contains("***"))
    for trace in [secret, "AAF-sec", "NDU2Ok", "0NTY6", "QUFGLXN", "BRi1zZWMv"] { #expect(!line.contains(trace)) }
  }

  @Test func `a secret that a cut falls into does not show its first half`() {
    let secret = "s3cr3t-" + String(repeating: "q", count: 40)
    let text = String(repeating: " ", count: 64 * 1024 - 10) + secret
    #expect(!line(.json, String(text.dropFirst(61_440)), secrets: [secret]).contains("s3cr"))
    let crowded = String(repeating: secret, count: 2_000)
    #expect(!line(.json, crowded, secrets: [secret]).contains("s3cr"))
  }

  @Test func `values too short to be secrets are left alone`() {
    #expect(line(.pretty, "shop abc", secrets: ["shop", "", "a"]).contains("shop abc"))
  }

  @Test func `a logger writes its fields in the order in which people look for them`() throws {
    let pipe = try TestPipe()
    let logs = ServiceLogs(format: .pretty, fileDescriptor: pipe.writeEnd, now: { Self.moment })
    logs.hide(["hidden-value"])
    var logger = Logger(label: "engine", factory: logs.handler)
    logger[metadataKey: "zone"] = "x"
    logger.info("done", metadata: ["run": "7", "lane": "l1", "key": "hidden-value"])
    logger.debug("not said")
    #expect(logs.flush())
    logs.close()
    #expect(pipe.readAll() == "07:00:00.123 info     done  engine lane=l1 run=7 key=*** zone=x\n")
  }

  @Test func `a stalled reader costs log lines, never the caller, and is told how many`() throws {
    let pipe = try TestPipe()
    let sink = LogSink(fileDescriptor: pipe.writeEnd, bufferBytesMax: 1_000) { lost, _ in Array("lost \(lost)\n".utf8) }
    let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
    // Many times what pipe and buffer hold; every call returns although nobody reads.
    for _ in 0..<5_000 { sink.append(line) }
    let text = pipe.readInBackground()
    #expect(sink.flush(withinMilliseconds: 10_000))
    sink.close()
    pipe.closeWriteEnd()
    let lines = text().split(separator: "\n")
    let lost = lines.compactMap { $0.hasPrefix("lost ") ? Int($0.dropFirst(5)) : nil }.reduce(0, +)
    #expect(lost > 0)
    #expect(lost + lines.filter { $0.hasPrefix("x") }.count == 5_000)
  }

  @Test func `a reader that went away ends neither process nor caller`() throws {
    let pipe = try TestPipe()
    pipe.closeReadEnd()
    let sink = LogSink(fileDescriptor: pipe.writeEnd) { _, _ in [] }
    for _ in 0..<100 { sink.append(Array("line\n".utf8)) }
    #expect(sink.flush())
    sink.close()
  }

  @Test func `lines that a full disk swallows are counted, and told once there is room again`() throws {
    var name = Array("/tmp/switchboard-log-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    unlink(name)
    defer { close(file) }
    let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { close(full) }
    let place = dup(file)
    defer { close(place) }
    let sink = LogSink(fileDescriptor: place) { lost, loss in Array("\(loss) \(lost)\n".utf8) }
    func say(_ word: String) {
      sink.append(Array("\(word)\n".utf8))
      #expect(sink.flush(withinMilliseconds: 10_000))
    }
    say("before")
    dup2(full, place)
    for number in 0..<7 { say("lost \(number)") }
    dup2(file, place)
    say("after")
    sink.close()
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = pread(file, &bytes, bytes.count, 0)
    #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "before\nrefused 7\nafter\n")
  }
}
