"""One order about a call that goes on: what it says, and how it ends. No I/O here."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from trunkline.ids import time_of

STALE_SECONDS: Final = 10.0
"""Nobody sent it in this time: it is not sent any more, for the call has gone on and so has whoever asked."""
LONGEST_WORDS: Final = 1000
USUAL_PAUSE: Final = 60
PAUSES: Final = range(15, 901)
"""Seconds a recording may pause: longer than STALE_SECONDS, or it could go on before its pause is sent."""
_QUEUE, _DESK = "queue:", "extension:"


class Kind(StrEnum):
    """What is to be done."""

    MOVE = "move"
    """Somebody who waits in a queue goes elsewhere."""
    PASS = "pass"  # noqa: S105 - a verb
    """An agent's client goes to a colleague or a queue."""
    LISTEN = "listen"
    PAUSE = "pause"
    """What is said now does not get into the recording."""
    RECORD = "record"
    """The recording goes on; also given with each pause, to be sent when that is over."""


class Place(StrEnum):
    """What kind of target a call goes to."""

    QUEUE = "queue"
    DESK = "desk"


class Mode(StrEnum):
    """What a listener may do besides; each has a right of its own."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """The agent hears him, the client does not."""
    BARGE = "barge"
    """Both hear him."""


class State(StrEnum):
    """Where an order stands."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DONE = "done"
    """The PBX says that it did it; of listening: that the listener's telephone is being rung."""
    REFUSED = "refused"
    """Nothing was changed; `why` says why."""
    EXPIRED = "expired"
    """No node took it in time."""
    UNKNOWN = "unknown"
    """It was told to the PBX, and no answer came."""


class Why(StrEnum):
    """Why nothing was changed; anything else in `why` are the PBX's own words."""

    GONE = "gone"
    """He does not wait there any more: answered, hung up, or moved already."""
    SILENT = "silent"
    """The agent is in no conversation any more."""
    CROWD = "crowd"
    """More than two are in the conversation."""
    QUEUE = "queue"
    """The PBX has no such queue."""
    DIALPLAN = "dialplan"
    """The PBX's dialplan does not have the context such calls go to: sent there, a call would end."""
    DENIED = "denied"
    """Our user of the PBX may not do it."""
    AWAY = "away"
    """The link to the PBX is down."""
    BUSY = "busy"
    """The order before it, of the same person, is still under way: one click, or two."""
    UNRECORDED = "unrecorded"
    """The call is not recorded, as far as the PBX says, or is over."""
    SETTING = "setting"
    """The PBX does not let us any more."""


class Target(NamedTuple):
    """Where a call goes: a queue by its name in the PBX, or an extension."""

    place: Place
    name: str


class Silence(NamedTuple):
    """When what a leg says and hears was kept out of its recording; `until` is None to the recording's end."""

    leg: str
    since: datetime
    until: datetime | None


class Order(msgspec.Struct, frozen=True):
    """What the PBX is to be told."""

    id: UUID
    kind: Kind
    call_id: UUID
    leg: str
    queue: str
    agent: str
    place: str
    target: str
    mode: str
    until: float
    """When it is too late to say it, by the clock it was claimed with."""
    shown: str | None = None
    """The client's name as the target's telephone takes it; None: as it is on the call already."""
    seconds: int = 0
    state: State = State.SENT
    linkedid: str = ""
    """Of a pause and its end: what the PBX calls the call."""
    legs: tuple[str, ...] = ()
    """And the channels of it that are or may be recorded, as far as we were told."""

    @property
    def goes_on_by_itself(self) -> bool:
        """Whether it ends a pause, whoever lives then: said until the PBX has done it, or the call is over."""
        return self.kind is Kind.RECORD and self.seconds > 0


class OrderRow(msgspec.Struct, frozen=True):
    """An order as people are told of it."""

    id: UUID
    at: datetime
    kind: Kind
    call_id: UUID
    queue: str
    agent: str
    place: str
    target: str
    target_name: str
    mode: str
    words: str
    by_name: str
    state: State
    why: str
    seconds: int = 0


def read_target(text: str) -> Target | None:
    """`queue:sales` or `extension:101`, spelled as in the plan; None for anything else."""
    for prefix, place in ((_QUEUE, Place.QUEUE), (_DESK, Place.DESK)):
        if text.startswith(prefix) and (name := text.removeprefix(prefix).strip()):
            return Target(place, name)
    return None


def spell_target(target: Target) -> str:
    """The same backwards."""
    return f"{_QUEUE if target.place is Place.QUEUE else _DESK}{target.name}"


def channel_of(order: UUID) -> str:
    """The unique id of a listener's channel; it carries the order's time as Asterisk's own ids do."""
    return f"listen-{int(time_of(order))}.{order.int & (1 << 62) - 1}"
