//! One connection to an Avito account: hands each request of the engine to the part that knows how.

internal import SwitchboardSDK

struct AvitoConnector: Connector {
  private let receiving: Receiving
  private let webhook: WebhookReceiver
  private let sender: MessageSender
  private let files: FileFetcher
  private let reconciler: SendReconciler

  init(context: ConnectionContext, settings: AvitoSettings) {
    let api = AvitoAPI(settings: settings, http: context.http, clock: context.clock)
    let account = Account(api: api, store: context.store, log: context.log)
    let directory = ChatDirectory()
    let lookBack = LookBack(clock: context.clock)
    let sweep = ChatSweep(context: context, api: api, directory: directory, lookBack: lookBack)
    let readQueue = ReadQueue()
    let polled = ReadMarks(key: .poll, context: context, api: api, sweep: sweep)
    let poller = Poller(
      context: context, api: api, account: account, directory: directory, marks: polled, lookBack: lookBack)
    let called = ReadMarks(key: .webhooks, context: context, api: api, sweep: sweep)
    receiving = Receiving(
      context: context, api: api, account: account, poller: poller, marks: called, sweep: sweep,
      readQueue: readQueue)
    webhook = WebhookReceiver(
      context: context, api: api, directory: directory, readQueue: readQueue, sweep: sweep, lookBack: lookBack)
    sender = MessageSender(context: context, api: api, account: account)
    files = FileFetcher(context: context, api: api, account: account)
    reconciler = SendReconciler(context: context, api: api, account: account)
  }

  func run() async throws(PluginError) { try await receiving.run() }

  func receive(_ request: WebhookRequest) async -> WebhookAnswer { await webhook.receive(request) }

  func perform(_ action: Action) async throws(ActionError) -> ActionResult { try await sender.perform(action) }

  func fetch(_ attachment: Attachment) async throws(ActionError) -> FetchedFile { try await files.fetch(attachment) }

  func reconcile(_ action: Action, begunAt: Timestamp) async throws(ActionError) -> Reconciliation {
    try await reconciler.reconcile(action, begunAt: begunAt)
  }
}
