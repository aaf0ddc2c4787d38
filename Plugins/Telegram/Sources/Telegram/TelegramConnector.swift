//! One bot on one connection: the floor plan of the plugin. No logic here; each verb names the room that does it.
internal import SwitchboardSDK

struct TelegramConnector: Connector {
  private let settings: TelegramSettings
  private let polling: LongPolling
  private let webhook: WebhookReceiving
  private let actions: ActionPerforming
  private let files: FileFetching
  private let context: ConnectionContext

  init(context: ConnectionContext, settings: TelegramSettings) {
    let api = BotAPI(settings: settings, http: context.http)
    let intake = UpdateIntake(
      context: context, mapper: UpdateMapper(botID: settings.botID),
      responder: GetIDResponder(context: context, api: api))
    self.context = context
    self.settings = settings
    self.polling = LongPolling(context: context, settings: settings, api: api, intake: intake)
    self.webhook = WebhookReceiving(context: context, api: api, intake: intake)
    self.actions = ActionPerforming(context: context, settings: settings, api: api)
    self.files = FileFetching(api: api)
  }

  func run() async throws(PluginError) {
    switch settings.receiving {
    case .polling: try await polling.run()
    case .webhook: try await webhook.register()
    }
  }

  func receive(_ request: WebhookRequest) async -> WebhookAnswer {
    let answer = await webhook.receive(request)
    if answer.status != 200 {
      context.log.log(.warning, "webhook call refused: \(answer.detail)", ["status": String(answer.status)])
    }
    return answer
  }

  func perform(_ action: Action) async throws(ActionError) -> ActionResult { try await actions.perform(action) }

  func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile { try await files.fetch(attachment) }
}
