--- Knows the answer to the most usual question.
return rule {
  description = "Answers questions about delivery.",
  on_message = function(msg, conv, ctx)
    if text.has_any(msg.text, { "доставка", "доставите", "привезёте" }) then
      return reply("Доставляем по Москве за один день.")
    end
    return pass()
  end,
}
