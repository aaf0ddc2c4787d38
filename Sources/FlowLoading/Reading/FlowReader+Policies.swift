//! `lane`, `dedup`, `publish`, `on_error`, active hours.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  /// More than this is no retry but a loop (with the standard pauses a hundred tries take eight hours).
  private static let retriesMax: Int64 = 100
  private static let backoffMillisecondsMax: Int64 = 24 * 3_600_000

  mutating func laneKey(_ node: YAMLNode?) -> LaneKey {
    guard let node else { return .conversation }
    if node.content == .scalar("conversation") { return .conversation }
    return condition(node, "'lane'", constant: .constantLane).map(LaneKey.expression) ?? .conversation
  }

  mutating func deduplication(_ node: YAMLNode?) -> Deduplication {
    var result = Deduplication(key: nil, keepMilliseconds: Limits.deduplicationKeepMilliseconds)
    guard let node, let fields = log.fields(node, "'dedup'", FlowKeys.dedup) else { return result }
    let key = fields["key"].flatMap { condition($0, "'key'", constant: .constantKey) }
    if let key, key != .path(["event", "external_id"]) {
      result.key = key
    }
    if let keep = fields["keep"].flatMap({ log.duration($0, "'keep'") }) { result.keepMilliseconds = keep }
    return result
  }

  mutating func runningPolicy(_ node: YAMLNode?) -> RunningPolicy {
    guard let node, let fields = log.fields(node, "'publish'", FlowKeys.publish), let running = fields["running"]
    else {
      return .pin
    }
    return log.choice(running, "'running'", RunningPolicy.self) ?? .pin
  }

  /// `{ retry: {…}, then: park }`, or the last resort alone: `on_error: skip`.
  mutating func errorPolicy(_ node: YAMLNode, ofBlock isBlock: Bool = false) -> ErrorPolicy? {
    var policy = ErrorPolicy.standard
    if isBlock { policy.retry.times = 0 }
    if case .scalar = node.content {
      guard let last = log.choice(node, "'on_error'", ErrorPolicy.Last.self) else { return nil }
      policy.last = last
      return policy
    }
    guard let fields = log.fields(node, "'on_error'", FlowKeys.onError) else { return nil }
    if let node = fields["then"], let last = log.choice(node, "'then'", ErrorPolicy.Last.self) { policy.last = last }
    guard let node = fields["retry"] else { return policy }
    if node.content == .scalar("none") {
      policy.retry.times = 0
      return policy
    }
    guard
      let retry = log.fields(
        node, "'retry'", known: FlowKeys.retry.names, required: isBlock ? ["times"] : [])
    else { return nil }
    readRetry(retry, &policy.retry)
    return policy
  }

  private enum Jitter: String, CaseIterable { case full, none }

  private mutating func readRetry(_ fields: Fields, _ retry: inout RetryPolicy) {
    if let node = fields["times"] {
      if case .scalar(.text(let word)) = node.content, ["forever", "unlimited", "infinite", "always"].contains(word) {
        log.add(
          .endlessRetry, node.span, "an endless retry blocks its conversation for ever",
          hint: "at most \(Self.retriesMax), then park")
      } else if let times = log.int(node, "'times'", minimum: 0) {
        if times > Self.retriesMax {
          log.add(
            .endlessRetry, node.span, "\(times) retries are an endless retry",
            hint: "at most \(Self.retriesMax), then park")
        } else {
          retry.times = Int(times)
        }
      }
    }
    if let node = fields["first"], let first = log.duration(node, "'first'"),
      log.within(first, node, "'first'", minimum: 1, maximum: Self.backoffMillisecondsMax, unit: " ms")
    {
      retry.firstMilliseconds = first
      retry.maxMilliseconds = max(retry.maxMilliseconds, first)
    }
    if let node = fields["max"], let most = log.duration(node, "'max'"),
      log.within(most, node, "'max'", minimum: 1, maximum: Self.backoffMillisecondsMax, unit: " ms")
    {
      retry.maxMilliseconds = most
      if most < retry.firstMilliseconds {
        log.add(.wrongValue, node.span, "'max' is shorter than the first pause")
      }
    }
    if let node = fields["jitter"], let jitter: Jitter = log.choice(node, "'jitter'") {
      retry.hasJitter = jitter == .full
    }
  }

  // MARK: Active hours

  /// `{ days: mon-fri, hours: "09:00-21:00" }`, or `project.hours`, read from the settings when the flow is loaded.
  mutating func activeHours(_ node: YAMLNode) -> ActiveHours? {
    if case .scalar(.text(let text)) = node.content, text.hasPrefix("project."), text.utf8.count > 8 {
      return settingHours(String(text.dropFirst("project.".count)), node)
    }
    guard let fields = log.fields(node, "'active'", FlowKeys.active) else { return nil }
    let days = fields["days"].map { weekdays($0) } ?? Array(repeating: true, count: 7)
    guard let days else { return nil }
    guard let hoursNode = fields["hours"] else { return ActiveHours(days: days, fromMinute: 0, toMinute: 1_440) }
    guard let text = log.text(hoursNode, "'hours'") else { return nil }
    guard let (from, to) = DayTimes.hours(text) else {
      log.add(
        .wrongValue, hoursNode.span, "'hours' must be a span of a day", hint: "write \"09:00-21:00\"; 24:00 is the end")
      return nil
    }
    if from == to {
      log.add(
        .wholeDay, severity: .warning, hoursNode.span, "hours that end where they begin are the whole day",
        hint: "write \"00:00-24:00\" if that is meant")
    }
    return ActiveHours(days: days, fromMinute: from, toMinute: to)
  }

  private mutating func settingHours(_ name: String, _ node: YAMLNode) -> ActiveHours? {
    let setting = catalogue.settings[name]
    if setting.isNull {
      let known = catalogue.settings.mapValue?.keys.sorted() ?? []
      if ScopeShape.standardSettings[name] != nil { return nil }
      log.add(.unknownSetting, node.span, "'project' has no '\(name)'", hint: Suggestion.hint(for: name, among: known))
      return nil
    }
    let days = setting["days"].isNull ? Array(repeating: true, count: 7) : DayTimes.days(setting["days"])
    let hours = setting["hours"].isNull ? (0, 1_440) : setting["hours"].textValue.flatMap(DayTimes.hours)
    guard let days, let hours else {
      log.add(
        .wrongType, node.span, "the setting '\(name)' holds no active hours",
        hint: "{ days: mon-fri, hours: \"09:00-21:00\" }")
      return nil
    }
    return ActiveHours(days: days, fromMinute: hours.0, toMinute: hours.1)
  }

  private mutating func weekdays(_ node: YAMLNode) -> [Bool]? {
    if let days = DayTimes.days(node.value) { return days }
    log.add(.wrongValue, node.span, "'days' must name days of the week", hint: "write mon-fri, or [mon, wed, sat]")
    return nil
  }
}

/// Days and hours as people write them.
enum DayTimes {
  private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  /// `mon-fri`, `sat`, `[mon, wed-fri]`; a span may run over the end of the week.
  static func days(_ value: Value) -> [Bool]? {
    let parts: [String]
    switch value {
    case .text(let text): parts = text.split(separator: ",").map { String($0.drop { $0 == " " }) }
    case .list(let elements): parts = elements.compactMap(\.textValue)
    case .null, .bool, .int, .double, .map: return nil
    }
    guard !parts.isEmpty else { return nil }
    var days = Array(repeating: false, count: 7)
    for part in parts {
      let ends = part.lowercased().split(separator: "-", omittingEmptySubsequences: false).map {
        names.firstIndex(of: String($0))
      }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
      for offset in 0...((last - first + 7) % 7) { days[(first + offset) % 7] = true }
    }
    return days
  }

  /// `09:00-21:00` in minutes; 24:00 is the end of the day.
  static func hours(_ text: String) -> (from: Int, to: Int)? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minute)
    guard ends.count == 2, let from = ends[0], let to = ends[1], from < 1_440 else { return nil }
    return (from, to)
  }

  private static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
      text.utf8.allSatisfy({ (0x30...0x3A).contains($0) }), let hour = Int(parts[0]), let minute = Int(parts[1])
    else { return nil }
    guard minute < 60, hour < 24 || (hour == 24 && minute == 0) else { return nil }
    return hour * 60 + minute
  }
}
