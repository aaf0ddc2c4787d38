//! Receiving by webhook: register the address once, then take each call.
internal import SwitchboardSDK

struct WebhookReceiving: Sendable {
  static let secretHeader = "x-telegram-bot-api-secret-token"

  let context: ConnectionContext
  let api: BotAPI
  let intake: UpdateIntake

  /// Tells Telegram where to call. Returns when it knows: the rest comes through `receive`.
  func register() async throws(PluginError) {
    guard let url = context.webhookURL else {
      throw PluginError(.settings, "'receive: webhook' needs server.public_url")
    }
    var parameters: [String: Value] = ["url": .text(url), "allowed_updates": UpdateMapper.allowedUpdates]
    if let secret = context.webhookHeaderSecret { parameters["secret_token"] = .text(secret) }
    if try await PatientCall(context: context, api: api)("setWebhook", parameters) {
      context.log.log(.info, "Telegram calls our webhook")
    }
  }

  func receive(_ request: WebhookRequest) async -> WebhookAnswer {
    if let secret = context.webhookHeaderSecret {
      guard let given = request.headers[Self.secretHeader], ConstantTime.isEqual(given, secret) else {
        // The same answer as for an address that does not exist (requirement T10).
        return WebhookAnswer(status: 404, detail: "wrong or missing secret header")
      }
    }
    let update: Value
    do throws(JSONError) {
      update = try JSON.parse(request.body)
    } catch {
      return WebhookAnswer(status: 400, detail: "no JSON: \(error.detail) at byte \(error.offset)")
    }
    guard update["update_id"].intValue != nil else {
      return WebhookAnswer(status: 400, detail: "no Update: update_id is missing")
    }
    do throws(IntakeError) {
      try await intake.take([update])
    } catch {
      // Telegram sends the same update again, later and later, for a day.
      return WebhookAnswer(status: 503, detail: "not stored: \(error.detail)")
    }
    return WebhookAnswer(status: 200)
  }
}
