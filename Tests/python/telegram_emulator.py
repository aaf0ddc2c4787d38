"""What the two proofs share: the emulator's control API, the counting of checks, the Bot API's JSON Schema."""
import base64
import json
import os
import pathlib
import struct
import sys
import urllib.error
import urllib.request
import zlib

TOKEN = "7000000001:AAEmulatorTokenForProofs_0123456789abcde"
SECOND_TOKEN = "7000000002:AAEmulatorTokenForProofs_0123456789abcde"


def base_url():
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TELEGRAM_EMULATOR_URL", "")
    if not url:
        sys.exit("usage: <script> http://127.0.0.1:PORT (or TELEGRAM_EMULATOR_URL)")
    return url.rstrip("/")


class Control:
    """The hands and eyes of the test: POST /_emulator/<deed>."""

    def __init__(self, url):
        self.url = url

    def __call__(self, deed, **body):
        request = urllib.request.Request(
            f"{self.url}/_emulator/{deed}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"control {deed}: {error.read().decode()}") from error

    def raw(self, token, method, parameters=None):
        """One call without a library: (HTTP status, document)."""
        request = urllib.request.Request(
            f"{self.url}/bot{token}/{method}", json.dumps(parameters or {}).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=70) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def stage(self):
        """A bot, a customer, an operator and a forum group in which the bot is administrator."""
        self("reset")
        bot = self("bots", token=TOKEN, name="Support", username="acme_support_bot")["id"]
        customer = self("users", first_name="Иван", last_name="Петров", username="ivan_p")["id"]
        operator = self("users", first_name="Ольга", username="olga_op")["id"]
        group = self("groups", title="Support team", forum=True)["id"]
        self("members", chat=group, user=operator, status="creator")
        self("members", chat=group, user=bot, status="administrator")
        return bot, customer, operator, group


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def __call__(self, name, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name} {detail}")

    async def fails(self, name, kind, call, text=""):
        """The awaited call must raise this kind of error, saying this; the error, if it did."""
        try:
            await call
        except kind as error:
            self(name, text.lower() in str(error).lower(), f"said {error}")
            return error
        except Exception as error:  # noqa: BLE001 - any other error is the finding
            self(name, False, f"raised {type(error).__name__}: {error}")
        else:
            self(name, False, "did not fail")
        return None

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def png(width=640, height=480):
    """A real picture, grey."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + b"\x80" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def coded(data):
    return base64.b64encode(data).decode()


class Schema:
    """Validates answers against the Bot API's types; silent (and says so) when the schema is not at hand."""

    def __init__(self):
        self.document = None
        root = os.environ.get("SWITCHBOARD_SHARED")
        places = [pathlib.Path(root)] if root else [p / "shared" for p in pathlib.Path(__file__).resolve().parents]
        for place in places:
            path = place / "reference/specs/telegram/aiogram-3.31.0-jsonschema.json"
            if path.exists():
                self.document = json.loads(path.read_text())
                break
        if self.document is None:
            print("skipped  JSON Schema of the Bot API not found (set SWITCHBOARD_SHARED)")

    def error(self, kind, value):
        """None when `value` is a `kind`; else the first complaint."""
        if self.document is None:
            return None
        import jsonschema
        schema = {"$ref": f"#/$defs/{kind}", "$defs": self.document["$defs"]}
        found = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
        return None if found is None else f"{'/'.join(map(str, found.absolute_path))}: {found.message[:300]}"
