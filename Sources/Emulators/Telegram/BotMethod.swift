//! The implemented methods of the Bot API and their parameters (Bot API 10.3).

enum BotMethod: String, Sendable, CaseIterable {
  case getMe, getUpdates, setWebhook, deleteWebhook, getWebhookInfo
  case sendMessage, sendPhoto, sendVoice, sendDocument, sendAudio, sendVideo, sendMediaGroup, sendChatAction
  case editMessageText, deleteMessage, copyMessage, forwardMessage, answerCallbackQuery
  case createForumTopic, editForumTopic, closeForumTopic, reopenForumTopic, deleteForumTopic
  case pinChatMessage, unpinChatMessage, getFile, getChat, getChatMember, setMyCommands, getMyCommands

  /// Letter case aside, as the server does.
  init?(anyCase name: String) {
    guard let method = BotMethod(rawValue: name) ?? Self.byLowercase[name.lowercased()] else { return nil }
    self = method
  }

  private static let byLowercase = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0.rawValue.lowercased(), $0) })

  /// The name of the parameter that holds the file of a `send…` method.
  var fileParameter: String? {
    switch self {
    case .sendPhoto: "photo"
    case .sendVoice: "voice"
    case .sendDocument: "document"
    case .sendAudio: "audio"
    case .sendVideo: "video"
    default: nil
    }
  }

  /// Answers to a webhook may hold any method but these.
  var mayAnswerWebhook: Bool {
    self != .setWebhook && self != .deleteWebhook && !rawValue.hasPrefix("get")
  }

  var rules: [String: ParameterRule] { Self.table[self] ?? [:] }

  private static let table = Dictionary(uniqueKeysWithValues: allCases.map { ($0, makeRules($0)) })

  private static let thread = ParameterRule.integer0
  private static let common: [String: ParameterRule] = [
    "chat_id": .required(.chat), "message_thread_id": thread, "disable_notification": .optional(.boolean),
    "protect_content": .optional(.boolean), "allow_paid_broadcast": .optional(.boolean),
    "message_effect_id": .optional(.text(max: 64)), "reply_parameters": .optional(.replyParameters),
    "reply_to_message_id": thread, "allow_sending_without_reply": .optional(.boolean),
    "business_connection_id": .optional(.unsupported), "direct_messages_topic_id": .optional(.unsupported),
    "suggested_post_parameters": .optional(.unsupported), "ephemeral_message_parameters": .optional(.unsupported),
    "receiver_user_id": .optional(.unsupported), "callback_query_id": .optional(.unsupported),
  ]
  /// Lengths of texts and captions are checked after trimming, with the server's own words.
  private static let long = ParameterRule.optional(.text(max: .max))
  private static let caption: [String: ParameterRule] = [
    "caption": long, "parse_mode": .optional(.text(max: 16)), "caption_entities": .optional(.entities),
    "reply_markup": .optional(.replyMarkup),
  ]
  private static let count = ParameterRule.optional(.integer(0...Int64(Int32.max)))
  private static let message: [String: ParameterRule] = [
    "chat_id": .required(.chat), "message_id": .required(.integer(ParameterRule.identifiers)),
  ]
  private static let topic: [String: ParameterRule] = [
    "chat_id": .required(.chat), "message_thread_id": .required(.integer(ParameterRule.identifiers)),
  ]

  private static func joined(_ parts: [String: ParameterRule]...) -> [String: ParameterRule] {
    parts.reduce(into: [:]) { all, part in all.merge(part) { _, last in last } }
  }

  private static func makeRules(_ method: BotMethod) -> [String: ParameterRule] {
    switch method {
    case .getMe, .getWebhookInfo: [:]
    case .getUpdates:
      [
        "offset": .optional(.integer(Int64(Int32.min)...Int64(Int32.max))), "limit": .optional(.integer(1...100)),
        "timeout": count, "allowed_updates": .optional(.textList),
      ]
    case .setWebhook:
      [
        "url": .required(.text(max: 2_048)), "certificate": .optional(.unsupported),
        "ip_address": .optional(.text(max: 45)), "max_connections": .optional(.integer(1...100)),
        "allowed_updates": .optional(.textList), "drop_pending_updates": .optional(.boolean),
        "secret_token": .optional(.text(max: .max)),
      ]
    case .deleteWebhook: ["drop_pending_updates": .optional(.boolean)]
    case .answerCallbackQuery:
      [
        "callback_query_id": .required(.text(max: 64)), "text": .optional(.text(max: 200)),
        "show_alert": .optional(.boolean), "url": .optional(.text(max: 2_048)), "cache_time": count,
      ]
    case .getFile: ["file_id": .required(.text(max: 512))]
    case .getChat: ["chat_id": .required(.chat)]
    case .getChatMember: ["chat_id": .required(.chat), "user_id": .required(.integer(1...(1 << 52)))]
    case .setMyCommands:
      ["commands": .required(.commands), "scope": .optional(.object), "language_code": .optional(.text(max: 2))]
    case .getMyCommands: ["scope": .optional(.object), "language_code": .optional(.text(max: 2))]
    case .createForumTopic, .editForumTopic, .closeForumTopic, .reopenForumTopic, .deleteForumTopic:
      topicRules(method)
    default: messageRules(method)
    }
  }

  private static func topicRules(_ method: BotMethod) -> [String: ParameterRule] {
    let looks: [String: ParameterRule] = [
      "name": .optional(.text(max: .max)), "icon_custom_emoji_id": .optional(.text(max: 64)),
    ]
    return switch method {
    case .createForumTopic:
      joined(looks, ["chat_id": .required(.chat), "name": .required(.text(max: .max)), "icon_color": count])
    case .editForumTopic: joined(topic, looks)
    default: topic
    }
  }

  private static func messageRules(_ method: BotMethod) -> [String: ParameterRule] {
    switch method {
    case .sendMessage:
      joined(
        common,
        [
          "text": .required(.text(max: .max)), "parse_mode": .optional(.text(max: 16)),
          "entities": .optional(.entities), "reply_markup": .optional(.replyMarkup),
          "link_preview_options": .optional(.linkPreview), "disable_web_page_preview": .optional(.boolean),
        ])
    case .sendPhoto:
      joined(
        common, caption,
        [
          "photo": .required(.file), "show_caption_above_media": .optional(.boolean),
          "has_spoiler": .optional(.boolean),
        ])
    case .sendVoice: joined(common, caption, ["voice": .required(.file), "duration": count])
    case .sendDocument:
      joined(
        common, caption,
        [
          "document": .required(.file), "thumbnail": .optional(.file),
          "disable_content_type_detection": .optional(.boolean),
        ])
    case .sendAudio:
      joined(
        common, caption,
        [
          "audio": .required(.file), "duration": count, "performer": .optional(.text(max: 256)),
          "title": .optional(.text(max: 256)), "thumbnail": .optional(.file),
        ])
    case .sendVideo:
      joined(
        common, caption,
        [
          "video": .required(.file), "duration": count, "width": count, "height": count,
          "thumbnail": .optional(.file), "cover": .optional(.unsupported), "start_timestamp": count,
          "show_caption_above_media": .optional(.boolean), "has_spoiler": .optional(.boolean),
          "supports_streaming": .optional(.boolean),
        ])
    case .sendMediaGroup: joined(common, ["media": .required(.mediaGroup)])
    case .sendChatAction:
      ["chat_id": .required(.chat), "action": .required(.text(max: 32)), "message_thread_id": thread]
    case .editMessageText:
      joined(
        message,
        [
          "text": .required(.text(max: .max)), "parse_mode": .optional(.text(max: 16)),
          "entities": .optional(.entities), "reply_markup": .optional(.inlineMarkup),
          "link_preview_options": .optional(.linkPreview), "disable_web_page_preview": .optional(.boolean),
          "inline_message_id": .optional(.unsupported), "business_connection_id": .optional(.unsupported),
          "rich_message": .optional(.unsupported),
        ])
    case .copyMessage: joined(common, caption, message, ["from_chat_id": .required(.chat)])
    case .forwardMessage:
      joined(
        message,
        [
          "from_chat_id": .required(.chat), "message_thread_id": thread, "disable_notification": .optional(.boolean),
          "protect_content": .optional(.boolean), "message_effect_id": .optional(.text(max: 64)),
        ])
    case .pinChatMessage: joined(message, ["disable_notification": .optional(.boolean)])
    case .unpinChatMessage: ["chat_id": .required(.chat), "message_id": thread]
    default: message
    }
  }
}

extension ParameterRule {
  /// An optional id where 0 means "none".
  fileprivate static let integer0 = ParameterRule.optional(.integer(0...Int64(Int32.max)))
}
