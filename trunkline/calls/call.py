"""A call: its steps in order, and the facts they tell. How steps become facts is `fold.py`. No I/O here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from trunkline.calls.events import Event
from trunkline.calls.leg import Leg
from trunkline.calls.what import TransferKind
from trunkline.pbx.notice import NoticeState, NoticeWhen, Way

NO_LEGS: Final[Mapping[str, Leg]] = MappingProxyType({})


class QueueVisit(msgspec.Struct, frozen=True):
    """`leg` waited in `queue`; times in µs."""

    queue: str
    leg: str
    since: int
    until: int | None = None
    abandoned: bool = False


class Offer(msgspec.Struct, frozen=True):
    """A queue rang `agent` (an interface such as `PJSIP/101`) on the leg `to`; `took` is None while it rings."""

    queue: str
    agent: str
    name: str
    to: str
    at: int
    until: int | None = None
    took: bool | None = None


class Transfer(msgspec.Struct, frozen=True):
    """`by` passed the call on: to the number `exten` (blind), or to the leg `target` met in the call `consult`."""

    at: int
    how: TransferKind
    by: str
    exten: str = ""
    target: str = ""
    number: str = ""
    result: str = ""
    consult: str = ""


class Pickup(msgspec.Struct, frozen=True):
    """`by` took the call that was ringing at the leg `of`."""

    at: int
    by: str
    of: str


class Recording(msgspec.Struct, frozen=True):
    """The PBX writes `leg` to `file`; `since` (µs) is when that was first heard of, 0 where nobody said."""

    leg: str
    file: str
    since: int = 0


class Gap(msgspec.Struct, frozen=True):
    """Nothing was heard from `since` to `until`; `filled` once the PBX's journal has told it."""

    since: int
    until: int
    filled: bool = False


class CallNotice(msgspec.Struct, frozen=True):
    """The notice `leg` is to hear, and what came of it so far; times in µs, None while they are to come."""

    leg: str
    way: Way
    line: str
    version: int
    when: NoticeWhen
    seconds: int
    state: NoticeState
    since: int | None = None
    until: int | None = None

    @property
    def in_talk(self) -> bool:
        """Whether it is played in the talk: nobody tells when it begins and ends."""
        return self.way is Way.IN and self.when is NoticeWhen.AFTER_ANSWER


class Merge(msgspec.Struct, frozen=True):
    """The call went on as a part of the call `into`."""

    at: int
    into: str
    why: str


class Call(msgspec.Struct, frozen=True):
    """One conversation from its first ring to the last hang-up, as far as its steps tell."""

    pbx: str
    linkedid: str
    steps: tuple[Event, ...] = ()
    legs: Mapping[str, Leg] = NO_LEGS
    queues: tuple[QueueVisit, ...] = ()
    offers: tuple[Offer, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    pickups: tuple[Pickup, ...] = ()
    recordings: tuple[Recording, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notice: CallNotice | None = None
    merge: Merge | None = None
    closed_at: int | None = None
    """When the PBX said that the whole call was over; what it tells later happened before."""
    begun: bool = False
    has_ledger: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether its beginning was not heard."""
        return not self.begun

    @property
    def since(self) -> int:
        """When it was first heard of, µs."""
        return self.steps[0].at if self.steps else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come: every leg ended, or it became a part of another call."""
        if self.merge is not None:
            return True
        return bool(self.legs) and all(leg.ended_at is not None for leg in self.legs.values())
