--- Answers the usual questions of the shop.
return rule {
  description = "Answers about delivery and price, and marks expensive goods.",
  on_message = function(msg, conv, ctx)
    if text.has_any(msg.text, { "доставка", "доставите", "привезёте" }) then
      return reply("Доставляем по Москве за один день. Подробнее ответит менеджер.")
    end
    if text.has_any(msg.text, { "торг", "скидка", "уступите" }) then
      return reply("Небольшой торг возможен при осмотре.")
    end
    if conv.item and conv.item.price and conv.item.price > 100000 then
      return route("vip"):tag("дорого")
    end
    return pass()
  end,
}
