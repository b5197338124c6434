"""What MAX's bot API answers and posts, as values. No I/O here.

Errors have a `code` and a `message` (dev.max.ru/docs-api, Error), and 200 may carry `success: false`; who stopped the
bot gives 403 `chat.denied`. Updates: dev.max.ru/docs-api/objects/Update. They have no number: a message is named by its
id, a press by its query and time, the rest by chat and time.
"""

import re
from typing import Any, Final

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Answered, no_answer
from crm_sync.bots.port import GoneMessage, Left, Pressed, Said, Unreachable, Update
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark
from trunkline.webhooks.deliverer import retry_after

_EXCERPT: Final = 300
_LONGEST_TEXT: Final = 4096
_LONGEST_NAME: Final = 300
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,300}").fullmatch

EDIT: Final = "PUT /messages"
ANSWER: Final = "POST /answers"
WORDS: Final = {
    401: mark("MAX does not know this token: take the bot's token from its page for partners again"),
    429: mark("MAX was asked too often"),
}
_NOT_KNOWN: Final = "verify.token"
"""Comes with 401, and by its own documents with 403 too."""
_NO_CHAT: Final = frozenset({"chat.denied", "chat.not.found"})
"""He stopped the bot, or is gone. Any other 403 or 404 is about the bot or what it asked, never about his chat."""


class _Refusal(msgspec.Struct):
    success: bool = True
    code: str = ""
    message: Any = ""


def is_token(text: str) -> bool:
    """Whether it may be one: letters, digits, - and _."""
    return _TOKEN(text) is not None


def read(method: str, answered: Answered, now: float) -> Any:
    """What was answered; raises Refused, as Unreachable or GoneMessage where it is that."""
    try:
        told = msgspec.json.decode(answered.body)
        head = msgspec.convert(told, _Refusal)
    except NOT_JSON:
        raise Refused(method, no_answer(answered.status, "MAX")) from None
    if answered.status == 200 and head.success:
        return told
    said = f"{head.code} {head.message}".strip()[:_EXCERPT]
    raise _refused(method, answered, head.code, said, now)


def _refused(method: str, answered: Answered, name: str, said: str, now: float) -> Refused:
    code = 401 if name == _NOT_KNOWN else answered.status
    code = max(code, 400)
    words = WORDS.get(code) or "MAX refuses it"
    pause = retry_after(answered.retry_after, now) if code in {429, 503} else None
    denied = name in _NO_CHAT
    refusal = Refusal.NEVER if code in {400, 404} or denied else None
    fault = Fault(f"{words} ({said or code})", Sent.ANSWERED, code, "", refusal, pause, code == 429)
    if method == EDIT and code in {400, 404}:
        return GoneMessage(method, fault, said)
    return (Unreachable if denied else Refused)(method, fault, said)


class _Recipient(msgspec.Struct):
    chat_id: int | None = None
    chat_type: str = ""


class _Body(msgspec.Struct):
    mid: str
    text: str | None = None


class _Message(msgspec.Struct):
    recipient: _Recipient
    body: _Body


class _Callback(msgspec.Struct):
    callback_id: str
    timestamp: int = 0
    payload: str | None = None


class _Update(msgspec.Struct):
    update_type: str
    timestamp: int = 0
    chat_id: int | None = None
    payload: str | None = None
    message: _Message | None = None
    callback: _Callback | None = None


HEARD: Final = ("message_created", "message_callback", "bot_started", "bot_stopped")
"""`update_types`: what is posted to us."""


def read_update(body: bytes) -> Update | None:
    """What was told; None for a group, and for what we have no word for. Raises ValueError for what is no update.

    Who follows a link with `?start=CODE` is told of as `bot_started` with the code as its payload.
    """
    told = msgspec.json.decode(body, type=_Update)
    match told:
        case _Update(update_type="message_created", message=_Message(body=written) as message):
            chat = _dialog(message)
            text = (written.text or "").replace("\0", "")[:_LONGEST_TEXT]
            return Said(f"m:{written.mid}"[:_LONGEST_NAME], chat, text) if chat else None
        case _Update(update_type="message_callback", message=_Message() as message, callback=_Callback() as pressed):
            chat, query = _dialog(message), pressed.callback_id[:_LONGEST_NAME]
            name = f"c:{query}"[: _LONGEST_NAME - 20] + f":{pressed.timestamp}"
            mid = message.body.mid[:_LONGEST_NAME]
            return Pressed(name, chat, mid, query, (pressed.payload or "")[:64]) if chat else None
        case _Update(update_type="bot_started", chat_id=int(chat_id)):
            text = f"/start {told.payload or ''}".replace("\0", "").strip()[:_LONGEST_TEXT]
            return Said(f"s:{chat_id}:{told.timestamp}", str(chat_id), text)
        case _Update(update_type="bot_stopped", chat_id=int(chat_id)):
            return Left(f"x:{chat_id}:{told.timestamp}", str(chat_id))
    return None


def _dialog(message: _Message) -> str:
    """The private chat it stands in; empty for any other."""
    there = message.recipient
    return str(there.chat_id) if there.chat_type == "dialog" and there.chat_id is not None else ""
