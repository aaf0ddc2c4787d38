"""Proof that the Telegram emulator is true to the Bot API: python-telegram-bot 22 works against it."""
import asyncio

import logging

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, ReplyParameters, Update
from telegram.error import (
    BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut)
from telegram.ext import ApplicationBuilder, MessageHandler, filters

from telegram_emulator import TOKEN, Checks, Control, base_url, coded, png

# The library logs every answer that is not JSON; here that is the purpose.
logging.disable(logging.CRITICAL)

url = base_url()
control = Control(url)
check = Checks()
fails = check.fails


def make_bot(token=TOKEN):
    return Bot(token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")


async def confirm_all(bot):
    updates = await bot.get_updates(timeout=0)
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)


async def private(bot, bot_id, customer):
    check("getMe (POST without a body)", (await bot.get_me()).id == bot_id)
    await fails("403 before /start", Forbidden, bot.send_message(customer, "x"), "can't initiate")
    await confirm_all(bot)
    control("write", user=customer, bot=bot_id, text="Добрый день 👋")
    updates = await bot.get_updates(timeout=0, allowed_updates=Update.ALL_TYPES)
    check("getUpdates", updates[0].message.text == "Добрый день 👋" and updates[0].effective_user.id == customer)
    sent = await bot.send_message(customer, "Ваш заказ №15 готов", disable_notification=True)
    check("sendMessage", sent.text == "Ваш заказ №15 готов" and sent.chat.type == "private")
    reply = await bot.send_message(
        customer, "этот", reply_parameters=ReplyParameters(sent.message_id, quote="заказ №15"))
    check("quote", reply.quote.text == "заказ №15" and reply.quote.position == 4)
    control("write", user=customer, bot=bot_id, text="этот?", reply_to=sent.message_id, quote="заказ №15")
    update = (await bot.get_updates(timeout=0))[-1]
    check("a customer's reply", update.message.reply_to_message.message_id == sent.message_id
          and update.message.quote.is_manual)
    await confirm_all(bot)


async def files(bot, bot_id, customer):
    picture = png()
    photo = await bot.send_photo(customer, picture, caption="Фото")
    check("sendPhoto", photo.photo[-1].width == 640 and photo.caption == "Фото")
    voice = await bot.send_voice(customer, InputFile(b"OggS voice", "v.ogg"), duration=3)
    check("sendVoice", voice.voice.duration == 3)
    audio = await bot.send_audio(customer, InputFile(b"ID3 audio", "a.mp3"), title="Песня", performer="Хор")
    check("sendAudio", audio.audio.title == "Песня" and audio.audio.performer == "Хор")
    video = await bot.send_video(customer, InputFile(b"video", "v.mp4"), duration=2)
    check("sendVideo", video.video.duration == 2)
    named = await bot.send_document(customer, InputFile(b"data", "report.pdf"))
    check("sendDocument", named.document.file_name == "report.pdf")
    file = await bot.get_file(photo.photo[-1].file_id)
    check("getFile and download", bytes(await file.download_as_bytearray()) == picture)
    control("write", user=customer, bot=bot_id, kind="document", content_base64=coded(b"%PDF-1"),
            file_name="счёт.pdf", mime_type="application/pdf", caption="вот")
    update = (await bot.get_updates(timeout=0))[-1]
    check("a customer's document", update.message.document.file_name == "счёт.pdf" and update.message.caption == "вот")
    file = await bot.get_file(update.message.document.file_id)
    check("its bytes", bytes(await file.download_as_bytearray()) == b"%PDF-1")
    copied = await bot.copy_message(customer, customer, named.message_id)
    check("copyMessage", copied.message_id > named.message_id)
    forwarded = await bot.forward_message(customer, customer, update.message.message_id)
    check("forwardMessage", forwarded.forward_origin.sender_user.id == customer)
    await confirm_all(bot)


async def topics(bot, bot_id, operator, group):
    topic = await bot.create_forum_topic(group, "Иван Петров", icon_color=16766590)
    thread = topic.message_thread_id
    check("createForumTopic", topic.icon_color == 16766590)
    sent = await bot.send_message(group, "Новый диалог", message_thread_id=thread)
    check("in the topic", sent.is_topic_message and sent.message_thread_id == thread)
    check("pinChatMessage", await bot.pin_chat_message(group, sent.message_id, disable_notification=True))
    control("write", user=operator, chat=group, thread=thread, kind="photo", content_base64=coded(png(90, 60)))
    updates = await bot.get_updates(timeout=0)
    check("service messages of one's own", updates[0].message.forum_topic_created.name == "Иван Петров"
          and updates[1].message.pinned_message.message_id == sent.message_id)
    check("operator's photo", len(updates[2].message.photo) == 1 and updates[2].message.message_thread_id == thread)
    check("closeForumTopic", await bot.close_forum_topic(group, thread))
    check("reopenForumTopic", await bot.reopen_forum_topic(group, thread))
    control("topics/delete", chat=group, thread=thread)
    await fails("a topic deleted by hand", BadRequest,
                bot.send_message(group, "x", message_thread_id=thread), "message thread not found")
    await fails("icon of a wrong colour", BadRequest, bot.create_forum_topic(group, "x", icon_color=1), "icon color")
    check("getChatMember", (await bot.get_chat_member(group, operator)).status == "creator")
    check("getChat", (await bot.get_chat(group)).is_forum)
    await confirm_all(bot)


async def buttons(bot, bot_id, customer):
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Да", callback_data="yes")]])
    sent = await bot.send_message(customer, "Закрыть?", reply_markup=markup)
    control("press", user=customer, bot=bot_id, message_id=sent.message_id, data="yes")
    query = (await bot.get_updates(timeout=0))[-1].callback_query
    check("callback_query", query.data == "yes" and query.from_user.id == customer)
    check("answerCallbackQuery", await query.answer("Готово", show_alert=True))
    edited = await query.edit_message_text("Закрыто")
    check("editMessageText", edited.text == "Закрыто")
    await confirm_all(bot)


async def refusals(bot, bot_id, customer):
    control("faults", kind="tooManyRequests", operation="sendMessage", retry_after=3)
    error = await fails("429", RetryAfter, bot.send_message(customer, "x"), "Retry in 3")
    check("429 carries seconds", error is not None and int(getattr(error.retry_after, "seconds", error.retry_after)) == 3)
    control("faults", kind="serverError", operation="sendMessage", status=502)
    await fails("502", NetworkError, bot.send_message(customer, "x"))
    control("faults", kind="performThenNeverAnswer", operation="sendMessage")
    await fails("performed, never answered", TimedOut, bot.send_message(customer, "дошло", read_timeout=0.3))
    seen = control("seen", chat=customer)["messages"]
    check("the customer saw it", seen[-1]["text"] == "дошло")
    control("faults", kind="closeConnection", operation="sendMessage")
    await fails("cut, not performed", NetworkError, bot.send_message(customer, "не дошло"))
    check("the customer did not see it", control("seen", chat=customer)["messages"][-1]["text"] == "дошло")
    control("block", user=customer, bot=bot_id)
    await fails("blocked", Forbidden, bot.send_message(customer, "x"), "bot was blocked by the user")
    control("block", user=customer, bot=bot_id, blocked=False)
    await fails("unknown chat", BadRequest, bot.send_message(123, "x"), "chat not found")
    basic = control("groups", forum=False, basic=True)["id"]
    control("members", chat=basic, user=bot_id, status="member")
    new = control("migrate", chat=basic)["chat"]
    error = await fails("migrated", ChatMigrated, bot.send_message(basic, "x"))
    check("the new id", error is not None and error.new_chat_id == new)
    await fails("401", InvalidToken, make_bot("7000000009:AAnobodyKnowsThisToken0123456789").get_me())
    check("setWebhook", await bot.set_webhook("https://example.org:8443/hook", secret_token="s"))
    await fails("409", Conflict, bot.get_updates(timeout=0), "webhook is active")
    await fails("an odd webhook", BadRequest, bot.set_webhook("gopher://example.org/hook"), "invalid webhook URL")
    check("deleteWebhook", await bot.delete_webhook())
    control("faults", kind="duplicateDelivery", operation="getUpdates")
    await confirm_all(bot)


async def whole_application(bot_id, customer):
    """The library's own polling loop, as a support bot would run it."""
    heard = asyncio.Queue()

    async def echo(update, context):
        await update.message.reply_text("эхо: " + update.message.text)
        await heard.put(update.message.text)

    application = ApplicationBuilder().token(TOKEN).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    await application.initialize()
    await application.start()
    await application.updater.start_polling(timeout=5, drop_pending_updates=True)
    texts = [f"сообщение {n}" for n in range(20)]
    for text in texts:
        await asyncio.to_thread(control, "write", user=customer, bot=bot_id, text=text)
    check("the application hears all, in order", [await asyncio.wait_for(heard.get(), 20) for _ in texts] == texts)
    await application.updater.stop()
    await application.stop()
    await application.shutdown()
    seen = [m["text"] for m in control("seen", chat=customer)["messages"] if m["sender_is_bot"]]
    check("the customer reads all echoes, in order", seen[-20:] == ["эхо: " + text for text in texts])


async def main():
    bot_id, customer, operator, group = control.stage()
    bot = make_bot()
    await bot.initialize()
    await private(bot, bot_id, customer)
    await files(bot, bot_id, customer)
    await topics(bot, bot_id, operator, group)
    await buttons(bot, bot_id, customer)
    await refusals(bot, bot_id, customer)
    await bot.shutdown()
    await whole_application(bot_id, customer)
    check.end()


asyncio.run(main())
