"""Drives the Avito emulator with avito-api, a client that nobody here wrote.

Usage: avito_client.py URL [REQUESTS_FILE]
Writes the emulator's transcript to REQUESTS_FILE for validate_requests.py. Exit code 1 when a check fails.
"""
import json
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from avito_api.config import ApiConfig, ClientConfig
from avito_api.auth import SyncAuthClient
from avito_api.exceptions import (
    AuthError, AvitoApiError, NotFoundError, RateLimitError, ServerError, ValidationError,
)
from avito_api.messenger import SyncMessengerClient
from avito_api.messenger.models import (
    BlacklistReasonId, BlacklistUser, BlacklistUserContext, WebhookMessage,
)
from avito_api.user import SyncUserClient

base = sys.argv[1].rstrip("/")
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
        print(f"ok   {name}")
    else:
        failed += 1
        print(f"FAIL {name} {detail}")


def refused(name, call, kind=AvitoApiError, status=None):
    try:
        answer = call()
    except kind as error:
        check(name, status is None or error.status_code == status, repr(error))
    except Exception as error:  # noqa: BLE001 - any other error is a failed check
        check(name, False, repr(error))
    else:
        check(name, False, f"was accepted: {answer!r}")


def control(route, **body):
    request = urllib.request.Request(
        f"{base}/_emulator/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies = []
    arrived = threading.Semaphore(0)

    def do_POST(self):
        Receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        Receiver.arrived.release()

    def log_message(self, *_):
        pass


control("reset")
user = control("accounts", client_id="proof", client_secret="secret", name="Магазин")["user_id"]
item = control("items", user_id=user, title="Mazda 3", price_string="300 000 ₽")["item_id"]
anna = control("customers", name="Анна")["customer_id"]
boris = control("customers", name="Борис")["customer_id"]
first = control("write", user_id=user, customer_id=anna, item_id=item, text="Ещё продаёте?")
chat = first["chat_id"]

config = ClientConfig(api=ApiConfig(base_url=base, max_retries=0))
config.logging.level = "CRITICAL"
options = dict(client_id="proof", client_secret="secret", config=config)
messenger = SyncMessengerClient(**options)

refused("a wrong secret gets no token", lambda: SyncAuthClient(
    client_id="proof", client_secret="wrong", config=config).get_token(), AuthError)
token = SyncAuthClient(**options).get_token()
check("a token comes by client credentials", bool(token), token)
account = SyncUserClient(**options).get_account()
check("the account says who it is", account.id == user and account.name == "Магазин", account)

chats = messenger.get_chats(user, unread_only=True)
check("the unread chat is listed", [one.id for one in chats.chats] == [chat], chats)
check("its listing comes with it", chats.chats[0].context.value.price_string == "300 000 ₽")
check("a chat is found by listing", len(messenger.get_chats(user, item_ids=[item]).chats) == 1)
check("other listings have none", messenger.get_chats(user, item_ids=[1]).chats == [])
control("write", user_id=user, customer_id=boris, text="без объявления")
check("only u2i is listed unasked", len(messenger.get_chats(user).chats) == 1)
check("u2u is listed when asked", len(messenger.get_chats(user, chat_types=["u2i", "u2u"]).chats) == 2)
check("limit and offset cut the list", len(messenger.get_chats(
    user, chat_types=["u2i", "u2u"], limit=1, offset=1).chats) == 1)
one = messenger.get_chat(user, chat)
check("one chat by id names the customer", "Анна" in [person.name for person in one.users], one)

control("write", user_id=user, customer_id=anna, item_id=item, kind="image")
voice = control("write", user_id=user, customer_id=anna, item_id=item, kind="voice")
control("write", user_id=user, customer_id=anna, item_id=item, kind="location", text="Москва")
for kind in ("link", "call", "item", "system", "appCall", "file", "video"):
    control("write", user_id=user, customer_id=anna, item_id=item, kind=kind, text="x", title="x")
messages = messenger.get_messages(user, chat).messages
check("all kinds of messages are read, newest first",
      [one.type.value for one in messages] == ["video", "file", "appCall", "system", "item", "call", "link",
                                               "location", "voice", "image", "text"], messages)
check("reading messages marks nothing", len(messenger.get_chats(user, unread_only=True).chats) == 1)
kind, body = fetch(messages[-2].content.image.sizes["1280x960"])
check("the customer's image can be fetched", kind == "image/png" and body.startswith(b"\x89PNG"))
voice_id = messages[-3].content.voice.voice_id
kind, body = fetch(messenger.get_voice_files(user, [voice_id]).voices_urls[voice_id])
check("the voice message can be fetched", kind == "audio/mp4" and b"ftyp" in body)
check("marking read is confirmed", messenger.mark_chat_as_read(user, chat).ok)
check("a read chat is no longer unread", messenger.get_chats(user, unread_only=True).chats == [])

receiver = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook = f"http://127.0.0.1:{receiver.server_port}/avito"
check("a webhook is subscribed", messenger.subscribe_webhook(hook).ok)
check("the subscription is listed",
      [one.url for one in messenger.get_webhook_subscriptions().subscriptions] == [hook])

sent = messenger.send_message(user, chat, "Да, продаём")
check("a text is sent", sent.author_id == user and sent.content.text == "Да, продаём", sent)
check("our own message is echoed", Receiver.arrived.acquire(timeout=10))
echo = WebhookMessage(**Receiver.bodies[0]).payload.value
check("the echo names us as author", echo.author_id == echo.user_id == user and echo.id == sent.id, echo)
control("write", user_id=user, customer_id=anna, item_id=item, text="Беру")
check("the customer's message comes by webhook", Receiver.arrived.acquire(timeout=10)
      and WebhookMessage(**Receiver.bodies[1]).payload.value.author_id == anna)

png = fetch(messages[-2].content.image.sizes["640x480"])[1]
uploaded = messenger.upload_image(user, png)
image_id = next(iter(uploaded))
check("an image is uploaded", "1280x960" in uploaded[image_id], uploaded)
check("an image is sent", messenger.send_image_message(user, chat, image_id).type.value == "image")
refused("bytes that are no image are refused", lambda: messenger.upload_image(user, b"hello"), ValidationError)
refused("an unknown image is refused", lambda: messenger.send_image_message(user, chat, "none"), ValidationError)
check("a message is deleted", messenger.delete_message(user, chat, sent.id) == {})
seen = control("seen", chat_id=chat)["messages"]
check("the customer saw the image and no longer the text", [one["type"] for one in seen] == ["deleted", "image"], seen)
check("unsubscribing is confirmed", messenger.unsubscribe_webhook(hook).ok)
check("no subscription is left", messenger.get_webhook_subscriptions().subscriptions == [])

refused("1001 characters are refused", lambda: messenger.send_message(user, chat, "я" * 1001), ValidationError)
check("1000 characters are sent", messenger.send_message(user, chat, "я" * 1000).id)
refused("offset 1001 is refused", lambda: messenger.get_chats(user, offset=1001), ValidationError)
refused("limit 101 is refused", lambda: messenger.get_chats(user, limit=101), ValidationError)
refused("a chat that is not is not found", lambda: messenger.send_message(user, "u2i-none", "x"), NotFoundError)
refused("another account is forbidden", lambda: messenger.get_chats(user + 1), status=403)

control("faults", kind="tooManyRequests", operation="postSendMessage", retry_after=7)
refused("429 is told", lambda: messenger.send_message(user, chat, "x"), RateLimitError)
control("faults", kind="serverError", operation="getChatsV2", status=502)
refused("a 502 page is told", lambda: messenger.get_chats(user), ServerError)
control("faults", kind="performThenCloseConnection", operation="postSendMessage")
refused("a connection closed after the act is told", lambda: messenger.send_message(user, chat, "дошло"))
check("and the message was sent all the same", control("seen", chat_id=chat)["messages"][-1]["text"] == "дошло")

control("expire_tokens")
refused("an expired token answers 403", lambda: messenger.get_chats(user), status=403)
control("settings", expired_token_is_401=True)
tokens = control("requests")["counts"]["token"]
check("or 401 when so switched, which the client mends with a new token",
      len(messenger.get_chats(user).chats) == 1 and control("requests")["counts"]["token"] == tokens + 1)
messenger = SyncMessengerClient(**options)
control("block", chat_id=chat)
refused("a customer who blocked us is not found", lambda: messenger.send_message(user, chat, "x"), NotFoundError)
check("but the chat can be read", messenger.get_messages(user, chat, limit=1).messages[0].author_id == user)
black = BlacklistUser(user_id=anna, context=BlacklistUserContext(item_id=item, reason_id=BlacklistReasonId.SPAM))
check("a customer is blacklisted", messenger.add_to_blacklist(user, [black]) == {})
try:
    urllib.request.urlopen(f"{base}/messenger/v9/none", timeout=10)
    check("an unknown path is not found", False)
except urllib.error.HTTPError as error:
    check("an unknown path is not found", error.code == 404 and error.read() == b"page not found")

if len(sys.argv) > 2:
    lines = [line for line in control("transcript")["lines"] if json.loads(line)["status"] in (200, 0)]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
