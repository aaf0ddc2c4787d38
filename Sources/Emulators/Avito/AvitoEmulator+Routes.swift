//! The control methods over HTTP: `POST /_emulator/<route>` with a JSON object.
package import SwitchboardSDK

extension AvitoEmulator {
  package func control(_ route: [String], _ body: Value) async throws(RequestError) -> Value? {
    switch route {
    case ["accounts"]:
      let id = try addAccount(
        userID: body["user_id"].intValue, name: body["name"].textValue ?? "Магазин",
        clientID: try Self.text("client_id", body), clientSecret: try Self.text("client_secret", body))
      return ["user_id": .int(id)]
    case ["items"]:
      let id = try addItem(
        account: try Self.number("user_id", body), title: try Self.text("title", body),
        priceText: body["price_string"].textValue ?? "", url: body["url"].textValue, image: try Self.bytes(body))
      return ["item_id": .int(id)]
    case ["customers"]: return ["customer_id": .int(addCustomer(name: try Self.text("name", body)))]
    case ["write"]:
      let written = try write(
        try Self.writing(body), from: try Self.number("customer_id", body), to: try Self.number("user_id", body),
        item: body["item_id"].intValue, kind: body["chat_type"].textValue)
      return ["chat_id": .text(written.chat), "message_id": .text(written.message)]
    case ["write_in_app"]:
      return ["message_id": .text(try writeInApp(try Self.text("text", body), chat: try Self.text("chat_id", body)))]
    case ["block"]: try block(chat: try Self.text("chat_id", body))
    case ["delete_chat"]: try deleteChat(try Self.text("chat_id", body))
    case ["expire_tokens"]: expireTokens()
    case ["settings"]: change(settings: Self.settings(body, settings))
    default: return observation(route, body)
    }
    return ["ok": true]
  }

  private func observation(_ route: [String], _ body: Value) -> Value? {
    switch route {
    case ["seen"]: ["messages": .list(seen(chat: body["chat_id"].textValue).map(\.value))]
    case ["reads"]: ["reads": .list(readMarks().map(\.value))]
    case ["deliveries"]: ["deliveries": .list(webhookDeliveries().map(\.value))]
    case ["transcript"]: ["lines": .list(transcriptLines().map(Value.text))]
    default: nil
    }
  }

  private static func settings(_ body: Value, _ current: AvitoSettings) -> AvitoSettings {
    var settings = current
    if let flag = body["expired_token_is_401"].boolValue { settings.expiredTokenIs401 = flag }
    if let flag = body["allows_loopback_webhooks"].boolValue { settings.allowsLoopbackWebhooks = flag }
    if let seconds = body["token_lifetime_seconds"].intValue, (0...31_536_000).contains(seconds) {
      settings.tokenLifetimeSeconds = seconds
    }
    return settings
  }

  private static func writing(_ body: Value) throws(RequestError) -> AvitoWriting {
    let text = body["text"].textValue ?? ""
    let url = body["url"].textValue ?? "https://example.com/"
    switch body["kind"].textValue ?? "text" {
    case "text": return .content(.text(text))
    case "image": return .image(try bytes(body) ?? AvitoSamples.image)
    case "voice": return .voice(try bytes(body) ?? AvitoSamples.voice)
    case "link": return .content(.link(text: text.isEmpty ? url : text, url: url))
    case "location":
      let latitude = body["lat"].doubleValue ?? 55.599799
      return .content(.location(text: text, latitude: latitude, longitude: body["lon"].doubleValue ?? 37.603954))
    case "call": return .content(.missedCall(target: body["user_id"].intValue ?? 0))
    case "item":
      let price = body["price_string"].textValue ?? ""
      let image = body["image_url"].textValue ?? url
      return .content(.item(title: body["title"].textValue ?? text, priceText: price, url: url, imageURL: image))
    case "system": return .content(.system(text: text, flow: body["flow_id"].textValue ?? "seller_audience_discount"))
    case let other:
      return .content(.other(type: other, content: body["content"].isNull ? .map([:]) : body["content"]))
    }
  }

  private static func text(_ name: String, _ body: Value) throws(RequestError) -> String {
    guard let text = body[name].textValue, !text.isEmpty else { throw RequestError("\(name) is missing") }
    return text
  }

  private static func number(_ name: String, _ body: Value) throws(RequestError) -> Int64 {
    guard let number = body[name].intValue else { throw RequestError("\(name) is missing") }
    return number
  }

  private static func bytes(_ body: Value) throws(RequestError) -> [UInt8]? {
    guard let text = body["bytes_hex"].textValue else { return nil }
    guard let bytes = Hexadecimal.bytes(text) else { throw RequestError("bytes_hex is not hexadecimal") }
    return bytes
  }
}
