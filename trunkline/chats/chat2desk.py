"""What Chat2Desk posts of a client's message (webhook `inbox`), read into what leads need. No I/O here.

The fields are those of its webhooks as integrations read them: `type` is `from_client` for a client's message, `client`
has `phone`, `name` and `assigned_name`. Only messengers that go by telephone numbers tell one in `client.phone`; others
have their own name there, as `[tg] 12345`.
"""

import re
from typing import Final
from uuid import UUID

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.notjson import NOT_JSON
from trunkline.numbering.in_text import phones_in

LONGEST_TEXT: Final = 4_000
_LONGEST_NAME: Final = 200
_FROM_CLIENT: Final = "from_client"
_MOST_PHONES: Final = 5
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_TAGS: Final = re.compile(r"<[a-z/][^<>]{0,500}>", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[0-9 ()-]{7,25}").fullmatch


class ChatRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A client's message as it lies in the spool; `client` and `message` are ids of the system it came from."""

    inbox: UUID
    client: str
    message: str
    name: str = ""
    transport: str = ""
    phones: tuple[str, ...] = ()
    text: str = ""
    is_own: bool = False
    """Whether the first of `phones` is what his messenger goes by."""


class _Client(msgspec.Struct):
    phone: str | None = None
    name: str | None = None
    assigned_name: str | None = None


class _Event(msgspec.Struct):
    message_id: int | str
    client_id: int | str
    type: str = ""
    hook_type: str = "inbox"
    text: str | None = None
    transport: str | None = None
    client: _Client | None = None


class _Kind(msgspec.Struct):
    type: str | None = None
    hook_type: str | None = None


def read_message(inbox: UUID, body: bytes) -> ChatRecord | None:
    """The message; None for an event that is no client's message. Raises ValueError for what is no event."""
    try:
        kind = msgspec.json.decode(body, type=_Kind)
        if kind.type != _FROM_CLIENT or kind.hook_type not in {None, "inbox"}:
            return None
        event = msgspec.json.decode(body, type=_Event)
    except NOT_JSON as error:
        raise ValueError("no event of Chat2Desk") from error
    client, message = str(event.client_id), str(event.message_id)
    if not (1 <= len(client) <= 50 and 1 <= len(message) <= 50 and client.isalnum() and message.isalnum()):
        raise ValueError("no event of Chat2Desk")
    about = event.client or _Client()
    text = _clean(_TAGS.sub("", event.text or ""))[:LONGEST_TEXT]
    own = _own(about.phone or "")
    return ChatRecord(
        inbox=inbox,
        client=client,
        message=message,
        name=" ".join(_clean(about.assigned_name or about.name or "").split())[:_LONGEST_NAME],
        transport=_clean(event.transport or "")[:50],
        phones=tuple(dict.fromkeys([*own, *phones_in(text)]))[:_MOST_PHONES],
        text=text,
        is_own=bool(own),
    )


def _own(told: str) -> list[str]:
    """What his messenger goes by, where that is a telephone."""
    own = parse(told.strip()) if _NUMBER(told.strip()) else NamedKind.INVALID
    return [] if isinstance(own, NamedKind) else [str(own)]


def _clean(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", "\n")).strip()
