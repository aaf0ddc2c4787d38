//! What an `http` step sends: everything worked out, so that the ledger has it and a repetition is the same.
import SwitchboardSDK

extension RunMachine {
  func plan(_ call: HTTPCall, _ scope: RunScope) -> Result<DeliveryPlan, StepFailure> {
    let url = Self.value(of: call.url, in: scope).displayText
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      return .failure(StepFailure(text: "http: the address begins neither http:// nor https://", isRetryable: false))
    }
    var members: [String: Value] = [
      "method": .text(call.method), "url": .text(url + Self.query(call.query, of: url, scope)),
      "expect": .list(call.expected.map { .list([.int(Int64($0.lowerBound)), .int(Int64($0.upperBound))]) }),
    ]
    if !call.headers.isEmpty {
      members["headers"] = .map(call.headers.mapValues { .text(Self.value(of: $0, in: scope).displayText) })
    }
    switch call.body {
    case nil: break
    case .text(let text): members["text"] = .text(Self.value(of: text, in: scope).displayText)
    case .json(let template): members["json"] = template.evaluate(in: scope)
    }
    var plan = DeliveryPlan(
      connection: HTTPCall.connection(of: program.flow.project), chat: Self.host(of: url), thread: nil, parts: [],
      action: (HTTPCall.action, .map(members)), reachesOrigin: false)
    plan.unknownPolicy = call.unknownPolicy
    return .success(plan)
  }

  /// Absent values are left out.
  private static func query(_ query: [String: TextSource], of url: String, _ scope: RunScope) -> String {
    let pairs = query.sorted { $0.key < $1.key }.compactMap { name, source -> String? in
      let value = value(of: source, in: scope)
      return value.isNull ? nil : "\(encoded(name))=\(encoded(value.displayText))"
    }
    guard !pairs.isEmpty else { return "" }
    return (url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + pairs.joined(separator: "&")
  }

  /// Everything but the unreserved characters of RFC 3986, 2.3.
  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Limits and closures count for a server, as they do for a chat.
  private static func host(of url: String) -> String {
    let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return String(authority.split(separator: "@").last ?? "").lowercased()
  }
}

extension JSONTemplate {
  func evaluate(in scope: RunScope) -> Value {
    switch self {
    case .value(let expression): expression.evaluate(in: scope)
    case .list(let elements): .list(elements.map { $0.evaluate(in: scope) })
    case .map(let members): .map(members.mapValues { $0.evaluate(in: scope) })
    }
  }
}
