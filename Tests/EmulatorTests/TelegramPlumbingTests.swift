//! The plumbing that both emulators share.

import SwitchboardSDK
import Testing

@testable import Emulators

@Suite struct TelegramPlumbingTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `SHA-256 agrees with the vectors of FIPS 180-4`(_ text: String, _ digest: String) {
    #expect(SHA256Digest.hexadecimal(Array(text.utf8)) == digest)
  }

  @Test func `base64 is read with padding and refused without`() {
    #expect(Base64Reader.bytes("").map { $0.isEmpty } == true)
    #expect(Base64Reader.bytes("Zg==") == Array("f".utf8))
    #expect(Base64Reader.bytes("Zm9vYmE=") == Array("fooba".utf8))
    #expect(Base64Reader.bytes("Zm9vYmFy") == Array("foobar".utf8))
    #expect(Base64Reader.bytes("Zm9v!mFy") == nil)
    #expect(Base64Reader.bytes("Zg") == nil)
    #expect(Base64Reader.bytes("====") == nil)
  }

  @Test func `a multipart file may hold anything, line ends and almost the boundary too`() throws {
    let content = Array("\r\n--B\r\n-\r\n--\r\n\r\n".utf8.dropLast(2)) + [0, 255, 13, 10]
    let disposition = #"Content-Disposition: form-data; filename="a\"b"; name=f"#
    let head = Array("--Boundary\r\nContent-Type: text/plain\r\n\(disposition)\r\n\r\n".utf8)
    let form = try MultipartForm.read(
      head + content + Array("\r\n--Boundary--\r\n".utf8), contentType: "multipart/form-data; boundary=Boundary")
    #expect(form.files == [UploadedFile(field: "f", fileName: "a\"b", mimeType: "text/plain", bytes: content)])
  }

  @Test(arguments: ["", "--B", "--B\r\n", "--B\r\n\r\n\r\n--B--", "--B\r\nX\r\n\r\n\r\n--B--", "--B\r\nA: b\r\n\r\nx"])
  func `a malformed form is an error`(_ body: String) {
    #expect(throws: RequestError.self) {
      try MultipartForm.read(Array(body.utf8), contentType: "multipart/form-data; boundary=B")
    }
  }

  @Test func `the request log counts all and keeps the last`() {
    var log = RequestLog(keptMax: 3)
    for number in 1...5 {
      log.record(
        RecordedRequest(
          operation: "a\(number % 2)", httpMethod: "GET", path: "/", receivedAt: Timestamp(milliseconds: 0),
          status: 200))
    }
    #expect(log.requests.map(\.sequence) == [3, 4, 5])
    #expect(log.countsByOperation == ["a0": 2, "a1": 3])
    #expect(log.count == 5)
  }

  @Test func `faults are taken in turn, by operation and content`() {
    var plan = FaultPlan()
    plan.add(Fault(.neverAnswer, operation: "send", times: 1, containing: "needle"))
    plan.add(Fault(.closeConnection, operation: "SEND", times: 2, skip: 1))
    #expect(plan.take("get") == nil)
    #expect(plan.take("send") { "hay" } == nil)
    #expect(plan.take("send") { "needle" } == .neverAnswer)
    #expect(plan.take("send") == .closeConnection)
    #expect(plan.take("send") == .closeConnection)
    #expect(plan.isEmpty)
  }
}
