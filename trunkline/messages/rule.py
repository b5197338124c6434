"""A rule: what must have happened, who is told, by which channel, in which words, when. No I/O here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from trunkline.messages.happening import Kind
from trunkline.web.i18n import mark


class Channel(StrEnum):
    """By what somebody is told."""

    CARD = "card"
    """A notice on his open card and in the navigation."""
    TASK = "task"
    """The same, and the client's open lead is to be called."""
    EMAIL = "email"
    CHAT = "chat"
    """His chat with the company's bot."""
    DIALOG = "dialog"
    """The client's chat that Chat2Desk gathers."""
    ROOM = "room"
    """A room of a team's messenger."""
    WEBHOOK = "webhook"
    """A program that sends it on: an SMS gateway, a messenger."""


class Whom(StrEnum):
    """Who is told."""

    RESPONSIBLE = "responsible"
    HEADS = "heads"
    """Supervisors of the departments it belongs to; directors where there are none."""
    DIRECTORS = "directors"
    """Administrators."""
    PERSON = "person"
    """Somebody by name."""
    CLIENT = "client"
    ROOM = "room"


class Digest(StrEnum):
    """When it is said."""

    NOW = "now"
    HOURLY = "hourly"
    """With all else of the hour."""
    DAILY = "daily"
    """With all else of the day, at a time."""


WHOM_NAMES: Final[Mapping[Whom, str]] = {
    Whom.RESPONSIBLE: mark("the responsible"),
    Whom.HEADS: mark("the head of the department"),
    Whom.DIRECTORS: mark("administrators"),
    Whom.PERSON: mark("somebody by name"),
    Whom.CLIENT: mark("the client"),
    Whom.ROOM: mark("a room"),
}
CHANNEL_NAMES: Final[Mapping[Channel, str]] = {
    Channel.CARD: mark("notice on the card"),
    Channel.TASK: mark("task: call the client"),
    Channel.EMAIL: mark("e-mail"),
    Channel.CHAT: mark("his messenger"),
    Channel.DIALOG: mark("the client's chat in Chat2Desk"),
    Channel.ROOM: mark("room of a messenger"),
    Channel.WEBHOOK: mark("webhook"),
}
DIGEST_NAMES: Final[Mapping[Digest, str]] = {
    Digest.NOW: mark("at once"),
    Digest.HOURLY: mark("gathered, every hour"),
    Digest.DAILY: mark("gathered, once a day"),
}
CHANNELS_OF: Final[Mapping[Whom, frozenset[Channel]]] = {
    Whom.CLIENT: frozenset({Channel.EMAIL, Channel.DIALOG, Channel.WEBHOOK}),
    Whom.ROOM: frozenset({Channel.ROOM}),
}
OF_STAFF: Final = frozenset(Channel) - {Channel.ROOM, Channel.DIALOG}
"""Others, who work here, are told by these."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the chain: `after` minutes from when it happened, unless somebody has seen to it by then.

    `target` is the person or the room that is named.
    """

    whom: Whom
    channel: Channel
    after: int = 0
    target: UUID | None = None


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """All must hold; what is empty asks for nothing. `days`: a debt is overdue for so many at least, a deferred payment
    is at most so many away; `seconds`: so long was talked at least.
    """

    departments: frozenset[UUID] = frozenset()
    lines: frozenset[UUID] = frozenset()
    brands: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    amount: int = 0
    days: int = 0
    seconds: int = 0


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table."""

    id: UUID
    name: str
    kind: Kind
    conditions: Conditions = Conditions()
    steps: tuple[Step, ...]
    template: str
    digest: Digest = Digest.NOW
    at_minute: int = 540
    """Of the day, for a daily one."""
    working: bool = True
    """Only in working hours: the company's, and the person's own."""
    every_days: int = 0
    """Each is told by this rule once in so many days; 0: each time."""
    stops: bool = False
    """What it takes, no rule below is asked about."""
    active: bool = True


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all rules. `opens` and `closes` are minutes of the day."""

    opens: int = 540
    closes: int = 1260
    unasked: bool = False
    client_most: int = 3
    client_days: int = 7
    kept_days: int = 180
