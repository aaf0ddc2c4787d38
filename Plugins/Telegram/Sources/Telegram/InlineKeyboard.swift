//! Buttons under a message (`InlineKeyboardMarkup`).
internal import SwitchboardSDK

enum InlineKeyboard {
  /// Bot API, `InlineKeyboardButton.callback_data`.
  static let dataBytesMax = 64

  static func markup(_ rows: [[Button]]) throws(ActionError) -> Value {
    var keyboard: [Value] = []
    for row in rows {
      var buttons: [Value] = []
      for button in row {
        guard (1...dataBytesMax).contains(button.data.utf8.count) else {
          throw ActionError(.invalid, "button '\(button.text.prefix(40))': data takes 1 to \(dataBytesMax) bytes")
        }
        buttons.append(["text": .text(button.text), "callback_data": .text(button.data)])
      }
      keyboard.append(.list(buttons))
    }
    return ["inline_keyboard": .list(keyboard)]
  }
}
