//! The Prometheus text: what is escaped, what is left out, and where it is served.
import Gateway
import Testing

struct MetricsTests {
  @Test func `samples are written with help, type and escaped labels`() {
    var metrics = MetricsText()
    metrics.add("a_total", .counter, "Counted.", 3)
    metrics.add(
      "b", .gauge, "Measured.",
      [([("name", "say \"hi\"\\\n")], 0.5), ([("name", "x")], .infinity), ([("name", "ж")], -1)])
    metrics.add("c", .gauge, "Nothing to say.", [])
    #expect(
      metrics.text == """
        # HELP a_total Counted.
        # TYPE a_total counter
        a_total 3
        # HELP b Measured.
        # TYPE b gauge
        b{name="say \\"hi\\"\\\\\\n"} 0.5
        b{name="ж"} -1

        """)
  }

  @Test func `a distribution is told by buckets that add up`() {
    var metrics = MetricsText()
    metrics.add(
      "d_seconds", "Took.",
      [MetricsText.Histogram(labels: [("project", "shop")], bounds: [0.005, 1], counts: [2, 1, 4], sum: 90.5)])
    #expect(
      metrics.text == """
        # HELP d_seconds Took.
        # TYPE d_seconds histogram
        d_seconds_bucket{project="shop",le="0.005"} 2
        d_seconds_bucket{project="shop",le="1"} 3
        d_seconds_bucket{project="shop",le="+Inf"} 7
        d_seconds_sum{project="shop"} 90.5
        d_seconds_count{project="shop"} 7

        """)
  }

  @Test func `a label is cut, so that no name can make the page grow without bound`() {
    var metrics = MetricsText()
    metrics.add("a", .gauge, "Long.", [([("name", String(repeating: "x", count: 5_000))], 1)])
    #expect(metrics.text.utf8.count < 300)
  }

  @Test func `the address answers to GET only`() async throws {
    #expect(GatewayRoute.parse("/metrics") == .metrics)
    #expect(GatewayRoute.parse("/metrics/x") == .unknown)
    let answer = try #require(try await GatewayFixture().send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let refused = try #require(
      try await GatewayFixture().send("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"))
    #expect(refused.status == 405)
  }
}
