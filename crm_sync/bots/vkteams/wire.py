"""What VK Teams' bot API answers and tells, as values. No I/O here.

Answers have `ok` and, where it is false, `description`; events are `newMessage` and `callbackQuery` among others
(teams.vk.com/botapi, and the vendor's own client github.com/mail-ru-im/bot-golang). A refusal has no code: it is known
by the words of its description, in the order of a table.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Answered, no_answer
from crm_sync.bots.port import GoneMessage, Pressed, Said, Unreachable, Update
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark
from trunkline.webhooks.deliverer import retry_after

_EXCERPT: Final = 300
_LONGEST_TEXT: Final = 4096
_TOKEN: Final = re.compile(r"[0-9]{1,10}(\.[0-9A-Za-z]{1,40}){1,4}:[0-9A-Za-z_.@-]{1,60}").fullmatch

EDIT: Final = "messages/editText"
_NOT_KNOWN: Final = mark("VK Teams does not know this token: take the bot's token from Metabot again")
_TOO_OFTEN: Final = mark("VK Teams was asked too often")

#: The words of a refusal, and the HTTP status it would have elsewhere; the first row that holds tells it.
_MEANS: Final = (
    (("invalid token", "missing required parameter 'token'"), 401),
    (("rate limit", "ratelimit", "too many"), 429),
    (("server error", "internal error", "timeout"), 500),
    (("permission denied", "blocked", "no such chat", "chat not found", "user not found", "not a member"), 403),
)
_GONE: Final = ("message not found", "no such message", "can't be edited", "cannot edit", "message is deleted")


class _Answer(msgspec.Struct, rename="camel"):
    ok: bool = True
    description: str = ""


def is_token(text: str) -> bool:
    """Whether it looks as Metabot gives them: 001.1234567890.1234567890:700123456."""
    return _TOKEN(text) is not None


def read(method: str, answered: Answered, now: float) -> Any:
    """What was answered; raises Refused, as Unreachable or GoneMessage where it is that."""
    try:
        told = msgspec.json.decode(answered.body)
        head = msgspec.convert(told, _Answer)
    except NOT_JSON:
        raise Refused(method, no_answer(answered.status, "VK Teams")) from None
    if head.ok and answered.status < 300:
        return told
    raise _refused(method, answered, head.description[:_EXCERPT], now)


def _refused(method: str, answered: Answered, said: str, now: float) -> Refused:
    low = said.lower()
    if method == EDIT and any(one in low for one in _GONE):
        return GoneMessage(method, Fault(f"VK Teams refuses it ({said})", Sent.ANSWERED, 400), said)
    by_words = next((code for words, code in _MEANS if any(one in low for one in words)), 400)
    code = answered.status if answered.status >= 400 and by_words == 400 else by_words
    words = {401: _NOT_KNOWN, 429: _TOO_OFTEN}.get(code, "VK Teams refuses it")
    refusal = Refusal.NEVER if code in {400, 403} else None
    pause = retry_after(answered.retry_after, now) if code == 429 else None
    fault = Fault(f"{words} ({said or code})", Sent.ANSWERED, code, "", refusal, pause, code == 429)
    return (Unreachable if code == 403 else Refused)(method, fault, said)


class _Chat(msgspec.Struct, rename="camel"):
    chat_id: str
    type: str = ""


class _Told(msgspec.Struct, rename="camel"):
    msg_id: str
    chat: _Chat
    text: str = ""


class _Query(msgspec.Struct, rename="camel"):
    query_id: str
    message: _Told
    callback_data: str = ""


class _Event(msgspec.Struct, rename="camel"):
    event_id: int
    payload: msgspec.Raw
    type: str = ""


class _Events(msgspec.Struct, rename="camel"):
    events: list[_Event] = []


def read_events(body: bytes) -> Sequence[tuple[int, Update | None]]:
    """Each with its number, in their order; None for a group, and for what we have no word for.

    Raises ValueError for what are no events.
    """
    told = msgspec.json.decode(body, type=_Events).events
    return [(one.event_id, _update(one)) for one in sorted(told, key=lambda one: one.event_id)]


def _update(event: _Event) -> Update | None:
    """What cannot be read is passed over: it would be told again for ever."""
    try:
        match event.type:
            case "newMessage":
                return _said(event.event_id, msgspec.json.decode(event.payload, type=_Told))
            case "callbackQuery":
                return _pressed(event.event_id, msgspec.json.decode(event.payload, type=_Query))
    except NOT_JSON:
        return None
    return None


def _said(number: int, told: _Told) -> Update | None:
    if told.chat.type != "private" or not told.chat.chat_id:
        return None
    return Said(str(number), told.chat.chat_id[:200], told.text.replace("\0", "")[:_LONGEST_TEXT])


def _pressed(number: int, told: _Query) -> Update | None:
    chat = told.message.chat
    if chat.type != "private" or not chat.chat_id:
        return None
    return Pressed(
        str(number), chat.chat_id[:200], told.message.msg_id[:100], told.query_id[:300], told.callback_data[:64]
    )
