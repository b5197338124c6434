"""What the Bot API answers and posts, as values. No I/O here.

Answers: core.telegram.org/bots/api#making-requests (`ok`, `result`, `description`, `error_code`, `parameters`); limits
and the 403 of who stopped the bot: crm.md §5. Updates: core.telegram.org/bots/api#update.
"""

import re
from typing import Any, Final

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import no_answer
from crm_sync.bots.port import GoneMessage, Left, Pressed, Said, Unreachable, Update
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark

_EXCERPT: Final = 300
_LONGEST_TEXT: Final = 4096
_TOKEN: Final = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,200}").fullmatch
NOT_MODIFIED: Final = "Bad Request: message is not modified"
TOO_OLD: Final = "Bad Request: query is too old"

WORDS: Final = {
    401: mark("Telegram does not know this token: take the bot's token from @BotFather again"),
    409: mark("another program asks Telegram for what is said to this bot"),
    429: mark("Telegram was asked too often"),
}
_UNREACHABLE: Final = "Bad Request: chat not found"
_GONE: Final = ("Bad Request: message to edit not found", "Bad Request: message can't be edited")


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _Answer(msgspec.Struct):
    ok: bool
    result: Any = None
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


def is_token(text: str) -> bool:
    """Whether it looks as @BotFather gives them: the bot's id, a colon, a secret."""
    return _TOKEN(text) is not None


def read(method: str, status: int, body: bytes) -> Any:
    """The result; raises Refused, as Unreachable or GoneMessage where it is that."""
    try:
        told = msgspec.json.decode(body, type=_Answer)
    except NOT_JSON:
        raise Refused(method, no_answer(status, "Telegram")) from None
    if told.ok:
        return told.result
    raise _refused(method, told.error_code or status, told)


def _refused(method: str, code: int, told: _Answer) -> Refused:
    said = told.description[:_EXCERPT]
    pause = told.parameters.retry_after if told.parameters else None
    # A token that is none of theirs gets 404, a revoked one 401.
    code = 401 if code == 404 else code
    words = WORDS.get(code) or "Telegram refuses it"
    refusal = Refusal.NEVER if code in {400, 403} else None
    fault = Fault(f"{words} ({said or code})", Sent.ANSWERED, code, "", refusal, pause, code == 429)
    # A 403 of Telegram's own is always one chat's: blocked by the user, deactivated, and what they may tell yet.
    if code == 403 or said.startswith(_UNREACHABLE):
        return Unreachable(method, fault, said)
    return (GoneMessage if said.startswith(_GONE) else Refused)(method, fault, said)


class _Chat(msgspec.Struct):
    id: int
    type: str = ""


class _Message(msgspec.Struct):
    message_id: int
    chat: _Chat
    text: str = ""


class _Query(msgspec.Struct):
    id: str
    message: _Message | None = None
    data: str = ""


class _Member(msgspec.Struct):
    status: str


class _Membership(msgspec.Struct):
    chat: _Chat
    new_chat_member: _Member


class _Update(msgspec.Struct):
    update_id: int
    message: _Message | None = None
    callback_query: _Query | None = None
    my_chat_member: _Membership | None = None


HEARD: Final = ("message", "callback_query", "my_chat_member")
"""`allowed_updates`: what is posted to us."""


def read_update(body: bytes) -> Update | None:
    """What was told; None for a group, and for what we have no word for. Raises ValueError for what is no update."""
    told = msgspec.json.decode(body, type=_Update)
    match told:
        case _Update(message=_Message(chat=_Chat(type="private", id=chat), text=text)):
            return Said(str(told.update_id), str(chat), text.replace("\0", "")[:_LONGEST_TEXT])
        case _Update(callback_query=_Query(message=_Message(chat=_Chat(type="private", id=chat))) as query):
            assert query is not None
            assert query.message is not None
            return Pressed(
                str(told.update_id), str(chat), str(query.message.message_id), query.id[:100], query.data[:64]
            )
        case _Update(
            my_chat_member=_Membership(chat=_Chat(type="private", id=chat), new_chat_member=_Member(status="kicked"))
        ):
            return Left(str(told.update_id), str(chat))
    return None
