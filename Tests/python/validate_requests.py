"""Validates recorded requests against the published descriptions of the APIs.

Usage: validate_requests.py FILE SPECS_DIR   |   validate_requests.py --self-test SPECS_DIR
Without arguments FILE is $SWITCHBOARD_RECORDED_REQUESTS (or .build/test-results/requests.jsonl) and SPECS_DIR is
reference/specs under $SWITCHBOARD_SHARED (or under a folder `shared` beside the checkout).

FILE holds JSON lines:
  {"channel": "telegram", "method": ..., "content_type": ..., "parameters": {...}}
  {"channel": "avito", "method": ..., "path": ..., "content_type": ..., "headers": {...}, "body": ... | "body_hex": ...}
Exit code 1 when a request is invalid or the file is empty.
"""
import json
import logging
import os
import pathlib
import sys
import warnings
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict


class Telegram:
    """Parameters of Bot API methods; form fields hold objects as JSON text."""

    def __init__(self, specs):
        path = specs / "telegram" / "aiogram-3.31.0-jsonschema.json"
        self.document = json.loads(path.read_text(encoding="utf-8"))
        self.names = {name.lower(): name for name in self.document["x-methods"]}
        self.validators = {}

    def errors(self, record):
        method = self.names.get(str(record.get("method", "")).lower())
        if method is None:
            return [f"unknown method {record.get('method')!r}"]
        parameters = record.get("parameters")
        if parameters is None and not record.get("content_type"):
            parameters = {}
        if not isinstance(parameters, dict):
            return ["parameters are missing"]
        definition = self.definition(method)
        if record.get("content_type", "").split(";")[0].strip() != "application/json":
            properties = self.properties(definition)
            parameters = {
                name: self.typed(value, properties.get(name)) for name, value in parameters.items()}
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
                for error in self.validator(method, definition).iter_errors(parameters)]

    def definition(self, method):
        entry = self.document["x-methods"][method]
        if isinstance(entry, dict):
            entry = entry.get("$ref") or entry.get("params") or entry.get("schema") or entry.get("def")
        name = str(entry).rsplit("/", 1)[-1]
        return name

    def properties(self, name):
        return self.document["$defs"][name].get("properties", {})

    def validator(self, method, name):
        if method not in self.validators:
            schema = {"$schema": self.document.get("$schema"), "$ref": f"#/$defs/{name}",
                      "$defs": self.document["$defs"]}
            self.validators[method] = Draft202012Validator(schema)
        return self.validators[method]

    def typed(self, value, schema):
        """A form field as the server reads it: the first reading that its schema allows."""
        if not isinstance(value, str) or schema is None:
            return value
        check = Draft202012Validator({**schema, "$defs": self.document["$defs"]})
        if check.is_valid(value):
            return value
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = {"True": True, "False": False}.get(value, value)
        return parsed


class AvitoRequest:
    """A record in the shape that openapi-core asks for."""

    def __init__(self, record):
        target = urlsplit(record["path"])
        self.host_url = "https://api.avito.ru"
        # Decoded after routing by openapi-core, so that an encoded slash stays inside its segment.
        self.path = target.path
        self.method = record["method"].lower()
        self.content_type = record.get("content_type") or ""
        if "body_hex" in record:
            body = bytes.fromhex(record["body_hex"])
        else:
            body = record.get("body") or b""
            if not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            body = body.encode() if isinstance(body, str) else body
        self.body = body or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(target.query, keep_blank_values=True)),
            header=Headers(record.get("headers") or {}))


class Avito:
    """Requests to the Messenger API: the merged OpenAPI document, and no members that it does not know."""

    def __init__(self, specs):
        document = json.loads((specs / "avito" / "avito-messenger.merged.openapi.json").read_text(encoding="utf-8"))
        close(document["components"]["schemas"])
        for path in document["paths"].values():
            for operation in path.values():
                if isinstance(operation, dict):
                    close(operation.get("requestBody"))
        # openapi-core takes a list as default for a malformed document.
        for parameter in document["components"]["parameters"].values():
            parameter.get("schema", {}).pop("default", None)
        self.document = document
        self.api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))

    def errors(self, record):
        try:
            request = AvitoRequest(record)
        except (KeyError, ValueError, AttributeError) as error:
            return [f"the record is malformed: {error!r}"]
        errors = []
        for error in self.api.iter_request_errors(request):
            cause = getattr(error, "__cause__", None)
            parts = [f"{type(error).__name__}: {error}"]
            parts += [problem.message for problem in getattr(cause, "schema_errors", [])]
            errors.append("; ".join(parts)[:400])
        errors += self.unknown(request)
        return errors

    def unknown(self, request):
        """openapi-core lets query members pass that no one declared, and bodies where none belongs."""
        for template, item in self.document["paths"].items():
            wanted, given = template.split("/"), request.path.split("/")
            fits = len(wanted) == len(given) and all(
                part.startswith("{") or part == unquote(actual) for part, actual in zip(wanted, given))
            if not fits or request.method not in item:
                continue
            operation = item[request.method]
            names = set()
            for parameter in item.get("parameters", []) + operation.get("parameters", []):
                if "$ref" in parameter:
                    parameter = self.document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
                if parameter["in"] == "query":
                    names.add(parameter["name"])
            errors = [f"unknown query member {name!r}" for name in request.parameters.query if name not in names]
            if "requestBody" in operation and not request.body:
                errors.append("the body is missing")
            if "requestBody" not in operation and request.body not in (None, b"{}"):
                errors.append("a body where none belongs")
            return errors
        return []


def close(schema):
    """Objects with named members take no others."""
    if isinstance(schema, list):
        for one in schema:
            close(one)
    if isinstance(schema, dict):
        if schema.get("type") == "object" and schema.get("properties"):
            schema.setdefault("additionalProperties", False)
        for one in schema.values():
            close(one)


class Validation:
    def __init__(self, specs):
        self.channels = {"telegram": Telegram(specs), "avito": Avito(specs)}

    def errors(self, record):
        if not isinstance(record, dict):
            return ["not an object"]
        channel = self.channels.get(record.get("channel"))
        return channel.errors(record) if channel else [f"unknown channel {record.get('channel')!r}"]


def self_test(validation):
    """What must pass passes, and what must not does not: a validator that accepts everything proves nothing."""
    user = "/messenger/v1/accounts/1"
    head = {"Authorization": "Bearer x"}

    def avito(method, path, body=None, kind="application/json", headers=None):
        return {"channel": "avito", "method": method, "path": path, "content_type": kind if body else "",
                "headers": head if headers is None else headers, "body": body}

    def telegram(method, kind="application/json", **parameters):
        return {"channel": "telegram", "method": method, "content_type": kind, "parameters": parameters}

    text = '{"type":"text","message":{"text":"x"}}'
    form = "application/x-www-form-urlencoded"
    token = "grant_type=client_credentials&client_id=a&client_secret=b"
    right = [
        avito("POST", user + "/chats/u2i-a~b_c/messages", text),
        avito("GET", "/messenger/v2/accounts/1/chats?unread_only=true&chat_types=u2i,u2u&limit=100&offset=1000"),
        avito("GET", "/messenger/v2/accounts/1/chats"),
        avito("GET", "/messenger/v3/accounts/1/chats/u2i-a/messages/?limit=100"),
        avito("GET", user + "/getVoiceFiles?voice_ids=a,b"),
        avito("POST", "/messenger/v1/subscriptions"),
        avito("POST", user + "/chats/c/read"),
        avito("POST", "/token", token, form, {}),
        avito("POST", user + "/uploadImages", '--b\r\nContent-Disposition: form-data; name="uploadfile[]"; '
              'filename="a.png"\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n', "multipart/form-data; boundary=b"),
        telegram("sendMessage", chat_id=-1001234567890, text="x", message_thread_id=5),
        telegram("sendMessage", form, chat_id="-1001234567890", text="123", reply_markup='{"inline_keyboard":[]}'),
        telegram("getUpdates", form, offset="5", timeout="50", allowed_updates='["message"]'),
        telegram("getMe", ""),
        {"channel": "telegram", "method": "getMe", "content_type": "", "parameters": None},
    ]
    wrong = [
        avito("POST", user + "/chats/c/messages", '{"message":"x","type":"text"}'),
        avito("POST", user + "/chats/c/messages", '{"type":"text"}'),
        avito("POST", user + "/chats/c/messages", '{"type":"image","message":{"text":"x"}}'),
        avito("POST", user + "/chats/c/messages", '{"type":"text","message":{"text":"x","bold":true}}'),
        avito("POST", user + "/chats/c/messages", json.dumps({"type": "text", "message": {"text": "x" * 1001}})),
        avito("POST", user + "/chats/c/messages", text, headers={}),
        avito("POST", user + "/chats/c/messages"),
        avito("POST", user + "/chats/c/messages", "{"),
        avito("POST", user + "/chats/c/messages/image", '{"imageId":"x"}'),
        avito("GET", "/messenger/v2/accounts/1/chats?offset=1001"),
        avito("GET", "/messenger/v2/accounts/1/chats?chat_types=x2x"),
        avito("GET", "/messenger/v2/accounts/1/chats?page=2"),
        avito("GET", "/messenger/v2/accounts/1/chats/c/messages"),
        avito("GET", "/messenger/v2/accounts/shop/chats"),
        avito("GET", "/messenger/v1/subscriptions"),
        avito("POST", user + "/chats/c/read", '{"all":true}'),
        avito("POST", "/token", "grant_type=client_credentials&client_id=a", form, {}),
        telegram("sendMessage", chat_id=1),
        telegram("sendMessage", chat_id=1, text="x", thread=5),
        telegram("sendMessage", chat_id=1, text=5),
        telegram("sendMassage", chat_id=1, text="x"),
        telegram("sendMessage", form, chat_id="1", text="x", reply_markup="{"),
        telegram("createForumTopic", chat_id=1),
        {"channel": "vk", "method": "x"},
        [],
    ]
    mistakes = [f"refused but right: {one} {errors}" for one in right if (errors := validation.errors(one))]
    mistakes += [f"accepted but wrong: {one}" for one in wrong if not validation.errors(one)]
    for mistake in mistakes:
        print(mistake)
    print(f"self-test: {len(right)} right and {len(wrong)} wrong requests, {len(mistakes)} mistakes")
    return 1 if mistakes else 0


def standard_arguments():
    here = pathlib.Path(__file__).resolve()
    root = here.parents[2]
    file = os.environ.get("SWITCHBOARD_RECORDED_REQUESTS", root / ".build" / "test-results" / "requests.jsonl")
    shared = os.environ.get("SWITCHBOARD_SHARED")
    places = [pathlib.Path(shared)] if shared else [above / "shared" for above in here.parents]
    return file, next((place / "reference" / "specs" for place in places if (place / "reference").is_dir()), None)


def main():
    if len(sys.argv) not in (1, 3):
        print(__doc__, file=sys.stderr)
        return 2
    # openapi-core warns of security schemes that it leaves to others; what it refuses is told below.
    warnings.simplefilter("ignore")
    logging.disable()
    file, specs = sys.argv[1:] if len(sys.argv) == 3 else standard_arguments()
    if specs is None:
        print("skipped: the published descriptions (shared/reference/specs) are not on this machine")
        print("0 passed, 0 failed")
        return 0
    validation = Validation(pathlib.Path(specs))
    # The test of the test comes first: a silent validator is worse than none.
    mistakes = self_test(validation)
    if file == "--self-test":
        return mistakes
    invalid = validate(validation, file)
    failed = mistakes + (1 if invalid else 0)
    print(f"{2 - failed} passed, {failed} failed")
    return 1 if failed else 0


def validate(validation, path):
    """Whether anything is wrong with the file's requests, or there are none."""
    counts, invalid = {}, 0
    if not os.path.isfile(path):
        print(f"no requests were recorded: {path} does not exist")
        return True
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                errors = validation.errors(record)
            except ValueError as error:
                record, errors = {}, [f"not JSON: {error}"]
            if not isinstance(record, dict):
                record = {}
            channel = record.get("channel", "?")
            counts[channel] = counts.get(channel, 0) + 1
            if errors:
                invalid += 1
                print(f"{path}:{number}: {channel} {record.get('method')} {record.get('path', '')}")
                for error in errors[:5]:
                    print(f"    {error}")
    total = sum(counts.values())
    by_channel = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    print(f"{total} requests ({by_channel or 'none'}), {invalid} invalid")
    return invalid > 0 or total == 0


if __name__ == "__main__":
    sys.exit(main())
