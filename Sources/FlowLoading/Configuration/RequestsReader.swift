//! Reads what a project says of calls from outside and of requests to it: `webhook_secret`, `api_token`, `http`.
internal import FlowModel
internal import SwitchboardSDK

extension ConfigurationReader {
  /// Who guesses a shorter one has time.
  private static let secretBytesMin = 16

  mutating func readCalls(_ fields: Fields, into project: inout ProjectConfiguration) {
    project.webhookSecret = fields["webhook_secret"].flatMap { callSecret($0, "'webhook_secret'") }
    project.apiToken = fields["api_token"].flatMap { callSecret($0, "'api_token'") }
    guard let node = fields["http"] else { return }
    project.requestLimit = LimitsReader.requests(node, &log)
    guard case .map(let entries) = node.content, let allow = entries.first(where: { $0.key == "allow" })?.value else {
      return
    }
    for element in log.list(allow, "'allow'") ?? [] {
      guard let host = log.text(element, "a server") else { continue }
      let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") }
      if host.isEmpty || !isPlain {
        log.add(.wrongValue, element.span, "a server is HOST or HOST:PORT", hint: "for instance crm.internal:8080")
      } else {
        project.allowedHosts.insert(host.lowercased())
      }
    }
  }

  private mutating func callSecret(_ node: YAMLNode, _ what: String) -> String? {
    guard let text = resolvedText(node, what, isSecret: true)?.textValue else { return nil }
    // Empty where secrets are not asked for yet.
    guard text.isEmpty || text.utf8.count >= Self.secretBytesMin else {
      log.add(.wrongValue, node.span, "\(what) must have at least \(Self.secretBytesMin) characters")
      return nil
    }
    return text.isEmpty ? nil : text
  }
}
