//! The addresses of `webhook:` and `api:` at the gateway: who comes in, and what reaches the flows.
import Gateway
import SwitchboardSDK
import Testing

@Suite struct FlowCallTests {
  private static let secret = "secret-of-the-shop-16"

  @Test func `addresses of flows are read with their name, secret and query`() {
    func parse(_ target: String) -> WebhookAddress? {
      guard case .webhook(let address) = GatewayRoute.parse(target) else { return nil }
      return address
    }
    #expect(
      parse("/hooks/shop/lead/s3?a=1&b")
        == WebhookAddress(family: .hooks, connection: "shop", secret: "s3", name: "lead", query: "a=1&b"))
    #expect(parse("/hooks/shop/lead") == WebhookAddress(family: .hooks, connection: "shop", name: "lead"))
    #expect(parse("/api/flows/shop/price?wait=0")
      == WebhookAddress(family: .flows, connection: "shop", name: "price", query: "wait=0"))
    for wrong in ["/hooks", "/hooks/shop", "/hooks/shop/", "/hooks/shop/lead/s/x", "/api/flows/shop"] {
      #expect(GatewayRoute.parse(wrong) == .unknown)
    }
    // No plugin's name leads here.
    #expect(WebhookAddress.Family(rawValue: "@hooks") == nil)
  }

  @Test func `a secret of another kind or project opens nothing`() {
    let directory = WebhookDirectory([
      .init(family: .hooks, connection: "shop", secret: Self.secret),
      .init(family: .flows, connection: "shop", secret: "token-of-the-shop-16"),
    ])
    func admits(_ family: WebhookAddress.Family, _ project: String, _ secret: String?) -> Bool {
      let address = WebhookAddress(family: family, connection: project, secret: secret, name: "lead")
      return directory.admit(address) == .admitted(connection: project)
    }
    #expect(admits(.hooks, "shop", Self.secret) && admits(.flows, "shop", "token-of-the-shop-16"))
    #expect(!admits(.flows, "shop", Self.secret) && !admits(.hooks, "shop", nil) && !admits(.hooks, "shop", ""))
    #expect(!admits(.hooks, "other", Self.secret))
  }
}
