//! An HTTP port that plays a script and keeps what it was asked. When the script is over, calls end as cancelled,
//! which is how the polling loop is brought to its end without any waiting.
internal import SwitchboardSDK
internal import Synchronization

final class ScriptedHTTP: HTTPPort {
  enum Step: Sendable {
    case answer(status: Int, body: String, headers: [HTTPHeader])
    case bytes([UInt8], headers: [HTTPHeader])
    case failure(HTTPError)

    static func ok(_ result: String) -> Step {
      .answer(status: 200, body: "{\"ok\":true,\"result\":\(result)}", headers: [])
    }
    static func sent(_ id: Int64) -> Step { ok("{\"message_id\":\(id),\"date\":1795217938,\"chat\":{\"id\":-100500}}") }
    static func refused(_ code: Int, _ description: String, parameters: String = "") -> Step {
      let tail = parameters.isEmpty ? "" : ",\"parameters\":\(parameters)"
      let body = "{\"ok\":false,\"error_code\":\(code),\"description\":\"\(description)\"\(tail)}"
      return .answer(status: code, body: body, headers: [])
    }
  }

  private struct State {
    var script: [Step]
    var requests: [HTTPRequest] = []
  }
  private let state: Mutex<State>

  init(_ script: [Step]) { state = Mutex(State(script: script)) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }
  /// `sendMessage`, `getUpdates` …, in order.
  var methods: [String] { requests.map { RequestRecord($0).method } }

  func parameters(_ index: Int) -> Value {
    let requests = requests
    return requests.indices.contains(index) ? RequestRecord(requests[index]).parameters : .null
  }

  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    RequestRecord(request).write()
    let step: Step? = state.withLock {
      $0.requests.append(request)
      return $0.script.isEmpty ? nil : $0.script.removeFirst()
    }
    switch step {
    case .answer(let status, let body, let headers):
      return HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
    case .bytes(let bytes, let headers): return HTTPResponse(status: 200, headers: headers, body: bytes)
    case .failure(let error): throw error
    case nil: throw HTTPError(.cancelled, mayHaveBeenSent: false, "the script is over")
    }
  }
}
