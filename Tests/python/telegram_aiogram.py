"""Proof that the Telegram emulator is true to the Bot API: aiogram 3 works against it, and answers fit the schema."""
import asyncio

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest, TelegramConflictError, TelegramForbiddenError, TelegramMigrateToChat, TelegramNetworkError,
    TelegramRetryAfter, TelegramServerError, TelegramUnauthorizedError)
from aiogram.types import (
    BotCommand, BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters)

from telegram_emulator import SECOND_TOKEN, TOKEN, Checks, Control, Schema, base_url, coded, png

url = base_url()
control = Control(url)
check = Checks()
fails = check.fails
schema = Schema()


def make_bot(token=TOKEN):
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))


async def private(bot, bot_id, customer):
    me = await bot.get_me()
    check("getMe", me.id == bot_id and me.is_bot and me.username == "acme_support_bot")
    await fails("403 before /start", TelegramForbiddenError, bot.send_message(customer, "x"), "can't initiate")
    joined = await bot.get_updates(timeout=0)
    check("my_chat_member of the group", joined[0].my_chat_member.new_chat_member.status == "administrator")
    control("write", user=customer, bot=bot_id, text="/start ref_abc")
    control("write", user=customer, bot=bot_id, text="Здравствуйте! 👋 /help")
    updates = await bot.get_updates(offset=joined[-1].update_id + 1, timeout=0)
    check("two updates in order", [u.message.text for u in updates] == ["/start ref_abc", "Здравствуйте! 👋 /help"])
    second = updates[1].message.entities[0]
    check("bot_command in UTF-16 units", (second.offset, second.length) == (17, 5), str(second))
    again = await bot.get_updates(timeout=0)
    check("unconfirmed updates come again", [u.update_id for u in again] == [u.update_id for u in updates])
    last = updates[-1].update_id
    check("offset confirms", await bot.get_updates(offset=last + 1, timeout=0) == [])
    poll = asyncio.create_task(bot.get_updates(offset=last + 1, timeout=30))
    await asyncio.to_thread(control, "write", user=customer, bot=bot_id, text="разбуди")
    woken = await poll
    check("a long poll wakes with the update", woken[0].message.text == "разбуди" and woken[0].update_id == last + 1)
    sent = await bot.send_message(customer, "  Добрый день  ")
    check("sendMessage trims", sent.text == "Добрый день" and sent.chat.id == customer and sent.from_user.id == bot_id)
    reply = await bot.send_message(
        customer, "ответ", reply_parameters=ReplyParameters(message_id=sent.message_id, quote="день"))
    check("reply with quote", reply.reply_to_message.message_id == sent.message_id and reply.quote.position == 7)
    await bot.get_updates(offset=woken[0].update_id + 1, timeout=0)
    return sent


async def files(bot, bot_id, customer):
    picture = png()
    photo = await bot.send_photo(customer, BufferedInputFile(picture, "a.png"), caption="Фото")
    check("sendPhoto: sizes ascend", [s.width for s in photo.photo] == sorted(s.width for s in photo.photo)
          and photo.photo[-1].width == 640 and photo.caption == "Фото")
    voice = await bot.send_voice(customer, BufferedInputFile(b"OggS voice", "v.ogg"), duration=3)
    check("sendVoice", voice.voice.duration == 3 and voice.voice.file_size == 10)
    named = await bot.send_document(customer, BufferedInputFile("данные".encode(), "отчёт за май.txt"))
    check("sendDocument keeps the name", named.document.file_name == "отчёт за май.txt", str(named.document))
    resent = await bot.send_document(customer, named.document.file_id)
    check("send by file_id", resent.document.file_unique_id == named.document.file_unique_id)
    info = await bot.get_file(photo.photo[-1].file_id)
    data = await bot.download_file(info.file_path)
    check("getFile and download", data.read() == picture and info.file_size == len(picture))
    album = await bot.send_media_group(customer, [
        InputMediaPhoto(media=BufferedInputFile(picture, "1.png"), caption="раз"),
        InputMediaPhoto(media=BufferedInputFile(picture, "2.png"))])
    check("album", len(album) == 2 and album[0].media_group_id == album[1].media_group_id is not None)
    content = b"OggS from customer"
    control("write", user=customer, bot=bot_id, kind="voice", content_base64=coded(content), mime_type="audio/ogg")
    update = (await bot.get_updates(timeout=0))[-1]
    info = await bot.get_file(update.message.voice.file_id)
    check("a customer's voice downloads", (await bot.download_file(info.file_path)).read() == content)
    await bot.get_updates(offset=update.update_id + 1, timeout=0)
    await fails("wrong file_id", TelegramBadRequest, bot.get_file("AgACnonsense"), "wrong file_id")
    await fails("not a picture", TelegramBadRequest,
                bot.send_photo(customer, BufferedInputFile(b"no picture", "a.png")), "IMAGE_PROCESS_FAILED")
    seen = control("seen", chat=customer)["messages"]
    import hashlib
    digests = [m["file_sha256"] for m in seen if m["kind"] == "document"]
    check("the customer saw the same bytes", hashlib.sha256("данные".encode()).hexdigest() in digests)


async def topics(bot, bot_id, operator, group):
    topic = await bot.create_forum_topic(group, "Иван Петров")
    check("createForumTopic", topic.name == "Иван Петров" and topic.icon_color == 7322096)
    thread = topic.message_thread_id
    intro = await bot.send_message(group, "Новый диалог", message_thread_id=thread)
    check("sent into the topic", intro.is_topic_message and intro.message_thread_id == thread
          and intro.reply_to_message.forum_topic_created.name == "Иван Петров")
    check("pinChatMessage", await bot.pin_chat_message(group, intro.message_id))
    control("write", user=operator, chat=group, thread=thread, text="ответ оператора")
    control("write", user=operator, chat=group, text="в General")
    updates = await bot.get_updates(timeout=0)
    kinds = [u.message.content_type.value for u in updates]
    check("own service messages come back", kinds[:2] == ["forum_topic_created", "pinned_message"], str(kinds))
    check("operator's message in the topic", updates[2].message.message_thread_id == thread
          and updates[2].message.is_topic_message and updates[2].message.text == "ответ оператора")
    check("General has no thread", updates[3].message.message_thread_id is None
          and updates[3].message.is_topic_message is None)
    await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    await fails("thread 1", TelegramBadRequest, bot.send_message(group, "x", message_thread_id=1),
                "message thread not found")
    check("close", await bot.close_forum_topic(group, thread))
    await fails("close twice", TelegramBadRequest, bot.close_forum_topic(group, thread), "TOPIC_NOT_MODIFIED")
    check("an administrator writes into a closed topic",
          (await bot.send_message(group, "x", message_thread_id=thread)).message_thread_id == thread)
    check("reopen", await bot.reopen_forum_topic(group, thread))
    check("pin is shown", control("topics", chat=group)["topics"][0]["pinned"] == [intro.message_id])
    control("topics/delete", chat=group, thread=thread)
    await fails("a topic deleted by hand", TelegramBadRequest,
                bot.send_message(group, "x", message_thread_id=thread), "message thread not found")
    other = (await bot.create_forum_topic(group, "Второй")).message_thread_id
    check("deleteForumTopic", await bot.delete_forum_topic(group, other))
    member = await bot.get_chat_member(group, bot_id)
    check("getChatMember", member.status == "administrator" and member.can_manage_topics)
    chat = await bot.get_chat(group)
    check("getChat", chat.is_forum and chat.title == "Support team")
    control("members", chat=group, user=bot_id, status="administrator", can_manage_topics=False)
    await fails("no right to create", TelegramBadRequest, bot.create_forum_topic(group, "y"), "not enough rights")
    control("members", chat=group, user=bot_id, status="kicked")
    await fails("kicked", TelegramForbiddenError, bot.send_message(group, "x"), "bot was kicked from the supergroup")
    control("members", chat=group, user=bot_id, status="administrator")


async def buttons(bot, bot_id, customer):
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Да", callback_data="close:42")]])
    sent = await bot.send_message(customer, "Закрыть?", reply_markup=markup)
    await bot.get_updates(offset=-1, timeout=0)
    control("press", user=customer, bot=bot_id, message_id=sent.message_id, data="close:42")
    update = (await bot.get_updates(timeout=0))[-1]
    query = update.callback_query
    check("callback_query", query.data == "close:42" and query.message.message_id == sent.message_id)
    check("answerCallbackQuery", await bot.answer_callback_query(query.id, "Готово"))
    check("the person saw the answer", control("callbacks")["answers"][-1]["text"] == "Готово")
    await fails("answered twice", TelegramBadRequest, bot.answer_callback_query(query.id), "query is too old")
    edited = await bot.edit_message_text("Закрыто", chat_id=customer, message_id=sent.message_id)
    check("editMessageText", edited.text == "Закрыто" and edited.edit_date and edited.reply_markup is None)
    await fails("not modified", TelegramBadRequest,
                bot.edit_message_text("Закрыто", chat_id=customer, message_id=sent.message_id), "is not modified")
    first = control("write", user=customer, bot=bot_id, text="опечатка")["message_id"]
    control("edit", user=customer, bot=bot_id, message_id=first, text="опечатки нет")
    updates = await bot.get_updates(offset=update.update_id + 1, timeout=0)
    check("edited_message", updates[-1].edited_message.text == "опечатки нет")
    await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    check("deleteMessage", await bot.delete_message(customer, sent.message_id))
    check("setMyCommands", await bot.set_my_commands([BotCommand(command="getid", description="Номера")]))


async def refusals(bot, bot_id, customer):
    await fails("empty text", TelegramBadRequest, bot.send_message(customer, "   "), "message text is empty")
    await fails("4097 letters", TelegramBadRequest, bot.send_message(customer, "я" * 4097), "message is too long")
    check("4096 letters", len((await bot.send_message(customer, "я" * 4096)).text) == 4096)
    await fails("caption of 1025", TelegramBadRequest,
                bot.send_photo(customer, BufferedInputFile(png(8, 8), "a.png"), caption="я" * 1025),
                "message caption is too long")
    await fails("unknown chat", TelegramBadRequest, bot.send_message(123, "x"), "chat not found")
    await fails("reply to nothing", TelegramBadRequest,
                bot.send_message(customer, "x", reply_parameters=ReplyParameters(message_id=999999)),
                "message to be replied not found")
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="a", callback_data="я" * 33)]])
    await fails("callback_data of 66 bytes", TelegramBadRequest,
                bot.send_message(customer, "x", reply_markup=markup), "BUTTON_DATA_INVALID")
    control("faults", kind="tooManyRequests", operation="sendMessage", retry_after=17)
    error = await fails("429", TelegramRetryAfter, bot.send_message(customer, "x"), "retry after 17")
    check("429 carries seconds", error is not None and error.retry_after == 17)
    control("faults", kind="serverError", operation="sendMessage", status=502)
    await fails("502 with a page of HTML", Exception, bot.send_message(customer, "x"))
    control("faults", kind="answer", operation="sendMessage", status=500,
            body='{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}')
    await fails("500", TelegramServerError, bot.send_message(customer, "x"), "restart")
    before = len(control("seen", chat=customer)["messages"])
    control("faults", kind="performThenCloseConnection", operation="sendMessage")
    await fails("performed, then cut", TelegramNetworkError, bot.send_message(customer, "дошло"))
    seen = control("seen", chat=customer)["messages"]
    check("the customer saw it once", len(seen) == before + 1 and seen[-1]["text"] == "дошло")
    control("faults", kind="performThenCutAnswer", operation="sendMessage")
    await fails("answer cut in the middle", Exception, bot.send_message(customer, "дошло ещё"))
    control("block", user=customer, bot=bot_id)
    await fails("blocked", TelegramForbiddenError, bot.send_message(customer, "x"), "bot was blocked by the user")
    updates = await bot.get_updates(timeout=0)
    check("my_chat_member", updates[-1].my_chat_member.new_chat_member.status == "kicked")
    control("block", user=customer, bot=bot_id, blocked=False)
    basic = control("groups", forum=False, basic=True)["id"]
    control("members", chat=basic, user=bot_id, status="administrator")
    new = control("migrate", chat=basic)["chat"]
    error = await fails("migrated", TelegramMigrateToChat, bot.send_message(basic, "x"))
    check("the new id", error is not None and error.migrate_to_chat_id == new)
    stranger = make_bot("7000000009:AAnobodyKnowsThisToken0123456789")
    await fails("401", TelegramUnauthorizedError, stranger.get_me())
    await stranger.session.close()


async def conflicts(bot):
    rival = make_bot()
    await bot.get_updates(offset=-1, timeout=0)
    last = await bot.get_updates(offset=-1, timeout=0)
    offset = last[-1].update_id + 1 if last else 0
    older = asyncio.create_task(bot.get_updates(offset=offset, timeout=30))
    while not older.done():
        newer = asyncio.create_task(rival.get_updates(offset=offset, timeout=1))
        await asyncio.wait([older, newer], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(newer, return_exceptions=True)
    await fails("409 to the older poll", TelegramConflictError, older, "terminated by other getUpdates request")
    await fails("http webhook", TelegramBadRequest, bot.set_webhook("ftp://x"), "invalid webhook URL")
    check("setWebhook", await bot.set_webhook("https://example.org/hook", secret_token="s3cret_-"))
    await fails("409 while a webhook is set", TelegramConflictError, bot.get_updates(timeout=0),
                "can't use getUpdates method while webhook is active")
    info = await bot.get_webhook_info()
    check("getWebhookInfo", info.url == "https://example.org/hook" and info.max_connections == 40)
    check("deleteWebhook", await bot.delete_webhook(drop_pending_updates=True))
    await rival.session.close()


def against_schema(bot_id, customer, operator, group):
    """Raw answers, as they were on the wire, against the Bot API's types."""
    control("bots", token=SECOND_TOKEN, name="Second", username="second_bot")
    control("write", user=customer, bot=bot_id, text="схема /x")
    thread = control.raw(TOKEN, "createForumTopic", {"chat_id": group, "name": "Схема"})[1]["result"]
    control("write", user=operator, chat=group, thread=thread["message_thread_id"], kind="photo",
            content_base64=coded(png()), caption="снимок")
    control("write", user=customer, bot=bot_id, object={"location": {"latitude": 55.75, "longitude": 37.61}})
    control("block", user=customer, bot=bot_id)
    control("block", user=customer, bot=bot_id, blocked=False)
    results = [
        ("User", control.raw(TOKEN, "getMe")),
        ("Message", control.raw(TOKEN, "sendMessage", {"chat_id": customer, "text": "x"})),
        ("Message", control.raw(TOKEN, "sendMessage", {
            "chat_id": group, "message_thread_id": thread["message_thread_id"], "text": "x"})),
        ("ChatFullInfo", control.raw(TOKEN, "getChat", {"chat_id": group})),
        ("ChatFullInfo", control.raw(TOKEN, "getChat", {"chat_id": customer})),
        ("ChatMemberAdministrator", control.raw(TOKEN, "getChatMember", {"chat_id": group, "user_id": bot_id})),
        ("ChatMemberOwner", control.raw(TOKEN, "getChatMember", {"chat_id": group, "user_id": operator})),
        ("WebhookInfo", control.raw(TOKEN, "getWebhookInfo")),
    ]
    for kind, (status, document) in results:
        complaint = schema.error(kind, document.get("result"))
        check(f"schema: {kind}", status == 200 and complaint is None, complaint or str(document))
    check("schema: ForumTopic", schema.error("ForumTopic", thread) is None, schema.error("ForumTopic", thread))
    updates = control.raw(TOKEN, "getUpdates")[1]["result"]
    for update in updates:
        complaint = schema.error("Update", update)
        kind = next(name for name in update if name != "update_id")
        check(f"schema: Update with {kind}", complaint is None, complaint)
    status, document = control.raw(TOKEN, "sendMessage", {"chat_id": customer, "text": "x", "colour": "red"})
    check("an unknown parameter is refused", (status, document["description"])
          == (400, "Bad Request: unknown parameter 'colour'"))
    status, document = control.raw(TOKEN, "nosuchmethod")
    check("an unknown method", (status, document["description"]) == (404, "Not Found"))
    status, document = control.raw(TOKEN, "SENDmessage", {"chat_id": customer, "text": "x"})
    check("method names in any case", status == 200)
    status, document = control.raw("0:x", "getMe")
    check("a malformed token", (status, document["description"]) == (401, "Unauthorized: invalid token specified"))


async def main():
    bot_id, customer, operator, group = control.stage()
    bot = make_bot()
    try:
        await private(bot, bot_id, customer)
        await files(bot, bot_id, customer)
        await topics(bot, bot_id, operator, group)
        await buttons(bot, bot_id, customer)
        await refusals(bot, bot_id, customer)
        await conflicts(bot)
        against_schema(bot_id, customer, operator, group)
    finally:
        await bot.session.close()
    check.end()


asyncio.run(main())
