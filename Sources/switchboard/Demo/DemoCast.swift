//! Who plays in the demo: a shop with two listings, three customers, an operator, two bots, a group.
import Emulators

struct DemoCast: Sendable {
  static let avitoSecret = "demo-secret-of-the-shop"
  static let deskToken = "1000001:demo-token-of-the-desk-bot-aaaaaaaa"
  static let shopToken = "1000002:demo-token-of-the-shop-bot-bbbbbbbb"

  let account: Int64
  let sofa: Int64
  let lamp: Int64
  let anna: Int64
  let boris: Int64
  let vera: Int64
  let oleg: Int64
  let deskBot: Int64
  let shopBot: Int64
  let group: Int64

  static func assemble(telegram: TelegramEmulator, avito: AvitoEmulator) async throws -> DemoCast {
    let account = try await avito.addAccount(clientID: "demo-client", clientSecret: avitoSecret)
    let sofa = try await avito.addItem(account: account, title: "Диван угловой", priceText: "24 900 ₽")
    let lamp = try await avito.addItem(account: account, title: "Лампа настольная", priceText: "1 200 ₽")
    let anna = await avito.addCustomer(name: "Анна")
    let boris = await avito.addCustomer(name: "Борис")
    let deskBot = try await telegram.createBot(token: deskToken, name: "Desk", username: "demo_desk_bot")
    let shopBot = try await telegram.createBot(token: shopToken, name: "Shop", username: "demo_shop_bot")
    let vera = try await telegram.createUser(firstName: "Вера")
    let oleg = try await telegram.createUser(firstName: "Олег")
    let group = try await telegram.createGroup(title: "Операторы", isForum: true)
    try await telegram.setMember(chat: group, user: deskBot, .administrator(AdminRights()))
    try await telegram.setMember(chat: group, user: oleg, .member)
    return DemoCast(
      account: account, sofa: sofa, lamp: lamp, anna: anna, boris: boris, vera: vera, oleg: oleg, deskBot: deskBot,
      shopBot: shopBot, group: group)
  }
}
