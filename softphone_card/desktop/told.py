"""What the server tells a desktop helper, as values; fields this version does not know are passed over. No I/O here.

Said again here and not taken from `trunkline.card.told`: the helper is installed without the server, and reads what a
newer or an older one says.
"""

from enum import StrEnum
from typing import Final, get_args

import msgspec


class Call(msgspec.Struct, frozen=True):
    """One of my calls; `state` is ringing, calling, talking, or gone."""

    call_id: str
    event_id: int
    state: str
    seconds: float = 0.0
    other: str = ""
    other_shown: str = ""
    other_name: str = ""
    line: str = ""
    line_shown: str = ""
    queue: str = ""
    queue_shown: str = ""


class State(msgspec.Struct, frozen=True, tag_field="type", tag="state"):
    """All my calls: what is not among them is over."""

    event_id: int
    extension: str
    calls: tuple[Call, ...]


class Changed(msgspec.Struct, frozen=True, tag_field="type", tag="changed"):
    """Those that changed."""

    event_id: int
    calls: tuple[Call, ...]


class Goodbye(msgspec.Struct, frozen=True, tag_field="type", tag="goodbye"):
    """Why the socket is closed next."""

    code: int
    message: str


class Notice(msgspec.Struct, frozen=True, tag_field="type", tag="notice"):
    """Something for me: a question, an answer, a visit; `href` is its page."""

    text: str
    href: str = ""


class Elsewhere(msgspec.Struct, frozen=True, tag_field="type", tag="presence"):
    """My presence is another, whoever said so."""


Message = State | Changed | Notice | Elsewhere | Goodbye


class _Kind(msgspec.Struct, frozen=True):
    type: str


class Badge(msgspec.Struct, frozen=True):
    """A word in a colour."""

    text: str
    kind: str = "plain"


class Fact(msgspec.Struct, frozen=True):
    """One named thing about the call."""

    name: str
    value: str
    detail: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One row of a section."""

    text: str
    detail: str = ""
    badge: Badge | None = None
    amount: str = ""


class Section(msgspec.Struct, frozen=True):
    """One block of the card."""

    block: str
    name: str
    entries: tuple[Entry, ...]


class Choice(msgspec.Struct, frozen=True):
    """Somebody who shares the number."""

    contact: str
    name: str
    company: str = ""
    overdue: str = ""
    chosen: bool = False


class Card(msgspec.Struct, frozen=True):
    """The card in words (`GET /api/v1/cards/{id}/told`)."""

    title: str
    company: str = ""
    origin: tuple[str, ...] = ()
    badges: tuple[Badge, ...] = ()
    debt: str = ""
    facts: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    sections: tuple[Section, ...] = ()


class Presence(StrEnum):
    """What I say of myself."""

    ONLINE = "online"
    BREAK = "break"
    OFFLINE = "offline"


class Spoken(msgspec.Struct, frozen=True):
    """The part of a presence that is said by hand."""

    state: Presence


class Person(msgspec.Struct, frozen=True):
    """One person of `/api/v1/presence`."""

    extension: str | None
    manual: Spoken


class People(msgspec.Struct, frozen=True):
    """Its list."""

    items: tuple[Person, ...]


_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Message))
_kind = msgspec.json.Decoder(_Kind).decode
_message = msgspec.json.Decoder(Message).decode
read_card = msgspec.json.Decoder(Card).decode
read_people = msgspec.json.Decoder(People).decode
read_person = msgspec.json.Decoder(Person).decode


def read_message(frame: str) -> Message | None:
    """One message; None for a kind that a newer server knows. Raises msgspec.DecodeError."""
    return _message(frame) if _kind(frame).type in _KINDS else None
