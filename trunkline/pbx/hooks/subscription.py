"""A subscription to a hosted PBX's events that we keep alive: what is kept of it, and what is to be done next. No I/O.

There is at most one that we use. Before another takes its place it stays, so that nothing goes untold; one that is
wanted no more is in `ending` until the provider says that it has ended. One whose id we never heard, because we died
before its answer came, gives itself away by the events it sends: then it is `stray`, looked at, and ended.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest

LOOK_EVERY: Final = timedelta(minutes=10)
"""How long a subscription may be dead without our asking."""
RENEW_AFTER: Final = 0.75
"""Of the time it lasts: a provider that is away for a quarter of it costs nothing."""
MOST_ENDING: Final = 20
MOST_ENDS: Final = 10
"""Tries before one that cannot be ended is left to end by itself: some two hours of them."""
_FIRST_END: Final = timedelta(seconds=15)
_LONGEST_END: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lives:
    """It is there, for `seconds` from when it was made; `url` is where it sends to, where that is told."""

    id: str
    seconds: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """It is not there."""


@dataclass(frozen=True, slots=True)
class Denied:
    """It is not done, in the provider's own words; only a person can change that where `needs_person`."""

    words: str
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of the subscription it came by."""

    id: str
    ended: bool = False


@runtime_checkable
class Subscribing(Protocol):
    """A provider that sends only to whom has subscribed."""

    def subscribe(self, account: Account, url: str) -> ApiRequest:
        """Have everything sent to `url`."""

    def subscribed(self, answer: ApiAnswer) -> Lives | Denied:
        """What came of it."""

    def look(self, account: Account, subscription: str) -> ApiRequest:
        """Ask whether it still lives."""

    def looked(self, answer: ApiAnswer) -> Lives | Gone | Denied:
        """What came of it."""

    def end(self, account: Account, subscription: str) -> ApiRequest:
        """Have it end."""

    def ended(self, answer: ApiAnswer) -> Gone | Denied:
        """What came of it; one that was not there has ended as well."""

    def said_by(self, request: HookRequest) -> Told | None:
        """What an event of its says of its subscription."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of the subscription of one PBX. `made_for` is the digest of the address that `id` sends to."""

    id: str = ""
    made_for: bytes = b""
    until: datetime | None = None
    renew_at: datetime | None = None
    looked_at: datetime | None = None
    ending: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    end_fails: int = 0
    """How often in a row one could not be ended; before `end_at` none is told to."""
    end_at: datetime | None = None
    left_at: datetime | None = None
    """When one was left to end by itself, and what was said of it."""
    left_said: str = ""


class Deed(StrEnum):
    """What is asked of the provider."""

    SUBSCRIBE = "subscribe"
    LOOK = "look"
    LOOK_AT_STRAY = "look at stray"
    END = "end"


Next = tuple[Deed, str]
"""With the id it is about; none of a new one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it should be: whether the PBX is in use, the address its events go to, the time."""

    active: bool
    url: str = field(repr=False)
    now: datetime

    @property
    def digest(self) -> bytes:
        """Of the address: what is kept must not open anything."""
        return digest_of(self.url)


def digest_of(url: str) -> bytes:
    """What tells one address of ours from another."""
    return hashlib.sha256(url.encode()).digest()


def next_deed(kept: Kept, wanted: Wanted) -> Next | None:
    """The first of the table that is due; None while everything is as it should be."""
    return next((deed for rule in _RULES if (deed := rule(kept, wanted)) is not None), None)


def _look_when_due(kept: Kept, wanted: Wanted) -> Next | None:
    if not (wanted.active and kept.id):
        return None
    due = kept.looked_at is None or wanted.now - kept.looked_at >= LOOK_EVERY
    return (Deed.LOOK, kept.id) if due else None


def _subscribe_when_due(kept: Kept, wanted: Wanted) -> Next | None:
    if not wanted.active:
        return None
    late = kept.renew_at is None or wanted.now >= kept.renew_at
    return (Deed.SUBSCRIBE, "") if not kept.id or late or kept.made_for != wanted.digest else None


def _look_at_stray(kept: Kept, _: Wanted) -> Next | None:
    return (Deed.LOOK_AT_STRAY, kept.stray[0]) if kept.stray else None


def _end(kept: Kept, wanted: Wanted) -> Next | None:
    if kept.end_at is not None and wanted.now < kept.end_at:
        return None
    ending = kept.ending or ((kept.id,) if kept.id and not wanted.active else ())
    return (Deed.END, ending[0]) if ending else None


_RULES: Final[Sequence[Callable[[Kept, Wanted], Next | None]]] = (
    _subscribe_when_due,
    _look_when_due,
    _look_at_stray,
    _end,
)
"""Calls are told before anything else is put in order."""


def heard(kept: Kept, told: Sequence[Told]) -> Kept:
    """After events have come: ours that has ended is looked at, others that send to us are strays."""
    strays, lost = [*kept.stray], False
    for one in told:
        if one.id == kept.id:
            lost = lost or one.ended
        elif not one.ended and one.id not in strays and one.id not in kept.ending:
            strays.append(one.id)
    looked_at = None if lost else kept.looked_at
    return replace(kept, stray=tuple(strays[:MOST_ENDING]), looked_at=looked_at)


def after_subscribing(kept: Kept, wanted: Wanted, made: Lives) -> Kept:
    """It takes the place of the one before, which is to end."""
    ending = kept.ending if kept.id in ("", made.id) else (*kept.ending, kept.id)[-MOST_ENDING:]
    return replace(
        kept,
        id=made.id,
        made_for=wanted.digest,
        until=wanted.now + timedelta(seconds=made.seconds),
        renew_at=wanted.now + timedelta(seconds=made.seconds * RENEW_AFTER),
        looked_at=wanted.now,
        ending=tuple(one for one in ending if one != made.id),
        stray=tuple(one for one in kept.stray if one != made.id),
    )


def after_looking(kept: Kept, wanted: Wanted, found: Lives | Gone) -> Kept:
    """One that is gone is made anew, and so is one that sends somewhere else: it is told to end, to be sure."""
    if isinstance(found, Lives) and (not found.url or digest_of(found.url) == kept.made_for):
        return replace(kept, looked_at=wanted.now)
    return _without_ours(replace(kept, ending=(*kept.ending, kept.id)[-MOST_ENDING:]))


def after_stray(kept: Kept, stray: str, found: Lives | Gone, is_ours: bool) -> Kept:
    """One that sends to an address of ours is ended; any other is somebody else's affair."""
    ending = kept.ending
    if isinstance(found, Lives) and is_ours and stray not in (*ending, kept.id):
        ending = (*ending, stray)[-MOST_ENDING:]
    return replace(kept, ending=ending, stray=tuple(one for one in kept.stray if one != stray))


def after_end(kept: Kept, ended: str) -> Kept:
    """It is there no more."""
    kept = replace(kept, ending=tuple(one for one in kept.ending if one != ended), end_fails=0, end_at=None)
    return _without_ours(kept) if kept.id == ended else kept


def is_vital(deed: Next) -> bool:
    """Whether calls may go untold where it fails; others can wait."""
    return deed[0] in (Deed.SUBSCRIBE, Deed.LOOK)


def after_failing(kept: Kept, deed: Next, now: datetime, said: str) -> Kept:
    """One that cannot be ended comes last, later each time; a stray is left alone until it sends again.

    Where the provider ends none for long, all are left to end by themselves: none lasts longer than a day.
    """
    kind, about = deed
    if kind is not Deed.END:
        return replace(kept, stray=tuple(one for one in kept.stray if one != about))
    fails = kept.end_fails + 1
    if fails >= MOST_ENDS:
        left = replace(kept, ending=(), end_fails=0, end_at=None, left_at=now, left_said=said)
        return _without_ours(left) if kept.id == about else left
    others = tuple(one for one in kept.ending if one != about)
    ending = (*others, about) if about in kept.ending else kept.ending
    return replace(kept, ending=ending, end_fails=fails, end_at=now + min(_FIRST_END * 2 ** (fails - 1), _LONGEST_END))


def _without_ours(kept: Kept) -> Kept:
    return replace(kept, id="", made_for=b"", until=None, renew_at=None, looked_at=None)
