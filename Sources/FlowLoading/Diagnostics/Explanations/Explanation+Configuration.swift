//! SB05xx: what is wrong in `switchboard.yaml`.

extension Explanation {
  static let configuration: [Explanation] = [
    Explanation(
      .missingVariable, .connections,
      "The environment does not have this variable. A connection with an empty token would fail at the first message.",
      bad: "  desk: { plugin: telegram, token: { env: NOT_SET } }",
      mended: "  desk: { plugin: telegram, token: { env: TELEGRAM_TOKEN } }"),
    Explanation(
      .missingSecret, .connections, "The place that 'secrets' names holds no secret of this name.",
      bad: "  desk: { plugin: telegram, token: { secret: tg/desc } }",
      mended: "  desk: { plugin: telegram, token: { secret: tg/desk } }"),
    Explanation(
      .secretInClear, .connections,
      """
      A secret in the file ends up in version control and in backups. Put it into the environment or a secrets folder \
      and name it here. Warning only.
      """,
      bad: "  desk: { plugin: telegram, token: \"7215478123:AAF0fGd83ksLmpQw92nXzVbTyUiOp4LqRs1\" }",
      mended: "  desk: { plugin: telegram, token: { secret: tg/desk } }"),
    Explanation(
      .unknownPlugin, .connections, "No plugin of this name was found among the bundled ones and in 'plugins'.",
      bad: "  desk: { plugin: telegramm }", mended: "  desk: { plugin: telegram, token: { secret: tg/desk } }"),
    Explanation(
      .outOfBounds, .connections, "The number is outside what works: the message names the bound.",
      bad: "  desk: { plugin: telegram, token: { secret: tg/desk }, poll_every: 1h }",
      mended: "  desk: { plugin: telegram, token: { secret: tg/desk }, poll_every: 10s }"),
    Explanation(
      .unknownTimeZone, .configuration,
      "The system's table of time zones has no such name; hours and days would be counted in the wrong place.",
      bad: "switchboard: 1\nprojects:\n  shop: { time_zone: Moscow }",
      mended: "switchboard: 1\nprojects:\n  shop: { time_zone: Europe/Moscow }"),
    Explanation(
      .pathLeaves, .configuration,
      "Paths stay inside the configuration's folder, so that a project's file cannot reach another's.",
      bad: "switchboard: 1\nprojects:\n  shop: { flows: ../other/flows }",
      mended: "switchboard: 1\nprojects:\n  shop: { flows: flows/shop }"),
  ]
}
