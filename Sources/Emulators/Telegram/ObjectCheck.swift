//! The JSON objects inside parameters, member by member (Bot API: types `MessageEntity`, `InlineKeyboardMarkup` …).

internal import SwitchboardSDK

enum ObjectCheck {
  private enum Member { case integer, text, flag, any }

  private static func members(
    _ what: String, _ value: Value, required: [String: Member], optional: [String: Member]
  ) throws(BotAPIError) {
    guard let map = value.mapValue else { throw .badRequest("can't parse \(what): expected an object") }
    for name in required.keys where map[name] == nil { throw .badRequest("\(what) lacks '\(name)'") }
    for (name, member) in map {
      guard let kind = required[name] ?? optional[name] else {
        throw .badRequest("unknown parameter '\(name)' in \(what)")
      }
      let isRight =
        switch kind {
        case .integer: member.intValue != nil
        case .text: member.textValue != nil
        case .flag: member.boolValue != nil
        case .any: true
        }
      guard isRight else { throw .badRequest("parameter '\(name)' in \(what) has a wrong type") }
    }
  }

  private static let entityTypes: Set<String> = [
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
    "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
    "custom_emoji", "date_time",
  ]

  static func entities(_ name: String, _ value: Value) throws(BotAPIError) {
    guard let list = value.listValue else { throw .badRequest("can't parse \(name): expected an array") }
    for entity in list {
      try members(
        "MessageEntity", entity, required: ["type": .text, "offset": .integer, "length": .integer],
        optional: [
          "url": .text, "user": .any, "language": .text, "custom_emoji_id": .text, "unix_time": .integer,
          "date_time_format": .text,
        ])
      guard entityTypes.contains(entity["type"].textValue ?? "") else {
        throw .badRequest("can't parse entities: unsupported type of a MessageEntity")
      }
      guard let offset = entity["offset"].intValue, offset >= 0, let length = entity["length"].intValue, length > 0
      else { throw .badRequest("can't parse entities: a MessageEntity is out of range") }
    }
  }

  static func inlineMarkup(_ value: Value) throws(BotAPIError) {
    try members("InlineKeyboardMarkup", value, required: ["inline_keyboard": .any], optional: [:])
    guard let rows = value["inline_keyboard"].listValue else {
      throw .badRequest("field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array")
    }
    var count = 0
    for row in rows {
      guard let buttons = row.listValue else {
        throw .badRequest("field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays")
      }
      for button in buttons { try inlineButton(button) }
      count += buttons.count
    }
    guard count <= 100 else { throw .badRequest("reply markup is too long") }
  }

  private static let inlineActions: [String: Member] = [
    "url": .text, "callback_data": .text, "web_app": .any, "login_url": .any, "switch_inline_query": .text,
    "switch_inline_query_current_chat": .text, "switch_inline_query_chosen_chat": .any, "copy_text": .any,
    "callback_game": .any, "pay": .flag,
  ]

  private static func inlineButton(_ button: Value) throws(BotAPIError) {
    let looks: [String: Member] = ["style": .text, "icon_custom_emoji_id": .text]
    try members(
      "InlineKeyboardButton", button, required: ["text": .text],
      optional: inlineActions.merging(looks) { action, _ in action })
    guard button["text"].textValue != "" else { throw .badRequest("text of an InlineKeyboardButton is empty") }
    let actions = (button.mapValue ?? [:]).keys.filter { inlineActions[$0] != nil }
    guard actions.count == 1 else {
      throw .badRequest("exactly one of the optional fields of an InlineKeyboardButton must be used")
    }
    if let data = button["callback_data"].textValue, !(1...64).contains(data.utf8.count) {
      throw .badRequest("BUTTON_DATA_INVALID")
    }
    if let url = button["url"].textValue {
      guard ["http://", "https://", "tg://"].contains(where: url.hasPrefix) else {
        throw .badRequest("inline keyboard button URL '\(url)' is invalid: Wrong HTTP URL")
      }
    }
  }

  static func replyMarkup(_ value: Value) throws(BotAPIError) {
    let map = value.mapValue ?? [:]
    if map["inline_keyboard"] != nil { return try inlineMarkup(value) }
    if map["keyboard"] != nil {
      return try members(
        "ReplyKeyboardMarkup", value, required: ["keyboard": .any],
        optional: [
          "is_persistent": .flag, "resize_keyboard": .flag, "one_time_keyboard": .flag,
          "input_field_placeholder": .text, "selective": .flag,
        ])
    }
    if map["remove_keyboard"] != nil {
      return try members(
        "ReplyKeyboardRemove", value, required: ["remove_keyboard": .flag], optional: ["selective": .flag])
    }
    try members(
      "ForceReply", value, required: ["force_reply": .flag],
      optional: ["input_field_placeholder": .text, "selective": .flag])
  }

  static func replyParameters(_ value: Value) throws(BotAPIError) {
    try members(
      "ReplyParameters", value, required: ["message_id": .integer],
      optional: [
        "chat_id": .any, "allow_sending_without_reply": .flag, "quote": .text, "quote_parse_mode": .text,
        "quote_entities": .any, "quote_position": .integer, "checklist_task_id": .integer, "poll_option_id": .text,
      ])
    if let quote = value["quote"].textValue, quote.unicodeScalars.count > 1_024 {
      throw .badRequest("QUOTE_TEXT_INVALID")
    }
  }

  static func linkPreview(_ value: Value) throws(BotAPIError) {
    try members(
      "LinkPreviewOptions", value, required: [:],
      optional: [
        "is_disabled": .flag, "url": .text, "prefer_small_media": .flag, "prefer_large_media": .flag,
        "show_above_text": .flag,
      ])
  }

  static func mediaGroup(_ value: Value) throws(BotAPIError) {
    guard let list = value.listValue, (2...10).contains(list.count) else {
      throw .badRequest("there must be 2-10 items in the media group")
    }
    for item in list {
      try members(
        "InputMedia", item, required: ["type": .text, "media": .text],
        optional: [
          "caption": .text, "parse_mode": .text, "caption_entities": .any, "show_caption_above_media": .flag,
          "has_spoiler": .flag, "thumbnail": .text, "cover": .text, "width": .integer, "height": .integer,
          "duration": .integer, "supports_streaming": .flag, "performer": .text, "title": .text,
          "disable_content_type_detection": .flag, "start_timestamp": .integer,
        ])
      if !item["caption_entities"].isNull { try entities("caption_entities", item["caption_entities"]) }
    }
    let types = Set(list.compactMap { $0["type"].textValue })
    guard types.isSubset(of: ["photo", "video"]) || types == ["document"] || types == ["audio"] else {
      throw .badRequest("can't mix these types in one media group")
    }
  }

  static func commands(_ value: Value) throws(BotAPIError) {
    guard let list = value.listValue, list.count <= 100 else { throw .badRequest("BOT_COMMANDS_TOO_MUCH") }
    for command in list {
      try members("BotCommand", command, required: ["command": .text, "description": .text], optional: [:])
      let name = command["command"].textValue ?? ""
      let isName = (1...32).contains(name.utf8.count)
        && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
      guard isName else { throw .badRequest("BOT_COMMAND_INVALID") }
      guard (1...256).contains(command["description"].textValue?.unicodeScalars.count ?? 0) else {
        throw .badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
      }
    }
  }
}
