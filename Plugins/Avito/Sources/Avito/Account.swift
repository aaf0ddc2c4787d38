//! The number of our own account: from the settings, else from the store, else asked from Avito once and kept.

internal import SwitchboardSDK

actor Account {
  private static let key = "account_id"
  private let api: AvitoAPI
  private let store: any StorePort
  private let log: any LogPort
  private var known: Int64?

  init(api: AvitoAPI, store: any StorePort, log: any LogPort) {
    self.api = api
    self.store = store
    self.log = log
    known = api.settings.userID
  }

  func id() async throws(AvitoFailure) -> Int64 {
    if let known { return known }
    if let kept = try? await store.get(Self.key).intValue {
      known = kept
      return kept
    }
    let asked = try await api.accountID()
    known = asked
    do throws(IntakeError) {
      try await store.set(Self.key, .int(asked))
    } catch {
      log.log(.warning, "the account's number could not be kept: \(error.detail)")
    }
    return asked
  }
}
