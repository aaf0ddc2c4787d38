//! What a Telegram message holds: something a person said, or a note of Telegram's about the chat.
internal import SwitchboardSDK

enum MessageContent: Sendable, Hashable {
  case message(text: String, attachments: [Attachment])
  /// The field's name is the kind (`forum_topic_closed`), its value the data.
  case service(name: String, data: Value)

  init(_ message: Value) {
    let attachments = AttachmentMapper.attachments(of: message)
    let text = message["text"].textValue ?? message["caption"].textValue ?? ""
    if text.isEmpty, attachments.isEmpty {
      if let name = Self.serviceFields.first(where: { !message[$0].isNull }) {
        self = .service(name: name, data: Self.data(name, message[name]))
      } else {
        // Telegram adds kinds every few months: a person must hear of a message even if we cannot show it.
        self = .message(text: "", attachments: [AttachmentMapper.unknown(message)])
      }
    } else {
      self = .message(text: text, attachments: attachments)
    }
  }

  /// A pinned message is a whole message: its id is enough.
  private static func data(_ name: String, _ value: Value) -> Value {
    switch name {
    case "pinned_message": ["message_id": value["message_id"].intValue.map { .text(String($0)) } ?? .null]
    case "migrate_to_chat_id", "migrate_from_chat_id": value.intValue.map { .text(String($0)) } ?? .null
    default: value
    }
  }

  /// Bot API 10.3, type Message, the fields that are "Service message: …".
  private static let serviceFields = [
    "migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
    "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "pinned_message",
    "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title",
    "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "message_auto_delete_timer_changed", "successful_payment", "refunded_payment", "users_shared", "chat_shared",
    "connected_website", "write_access_allowed", "passport_data", "proximity_alert_triggered", "boost_added",
    "chat_background_set", "checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed",
    "giveaway_created", "giveaway_completed", "managed_bot_created", "paid_message_price_changed",
    "poll_option_added", "poll_option_deleted", "suggested_post_approved", "suggested_post_approval_failed",
    "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled",
    "video_chat_started", "video_chat_ended", "video_chat_participants_invited", "web_app_data",
    "community_chat_added", "community_chat_removed", "community_chat_joined", "user_shared",
  ]
}
