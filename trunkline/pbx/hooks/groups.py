"""Groups of a hosted PBX: who is rung in them, who should be, and what must be asked for. No I/O here.

A group is kept where the setting `groups` names one for a queue of ours. People there who are not of ours stay as they
are. A group is never emptied: where nobody works, whoever rings last goes on ringing (docs/decisions/0750).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.port import Account

MOST_GROUPS = 50
"""Of one PBX: each look asks for all of them."""


class Seat(NamedTuple):
    """A telephone in a group, by the provider's id; `extension` is ours, empty for whoever is not of ours."""

    id: str
    extension: str
    on: bool


class Seen(NamedTuple):
    """A group as it was just seen, by the provider's id; the seats in the provider's order."""

    group: str
    seats: tuple[Seat, ...] = ()


class Due(NamedTuple):
    """What makes a group right."""

    changes: Mapping[str, bool]
    """By seat, only of what differs: whether it is to be rung."""
    absent: tuple[str, ...] = ()
    """Who works in the queue here and is in no seat there: only the cabinet can help."""
    kept: bool = False
    """Nobody works, and whoever rings goes on."""


class Groups(Protocol):
    """One provider's way to its groups; what is not set or cannot be is said by `missing`."""

    pace: float
    """Seconds between two requests."""

    def missing(self, account: Account) -> Sequence[str]:
        """The settings without which nothing can be asked, by name."""

    def look(self, account: Account, groups: Sequence[str]) -> Dialogue[Sequence[Seen]]:
        """Who is rung in each of `groups`; a group that is not there is not told."""

    def switch(self, account: Account, seen: Seen, changes: Mapping[str, bool]) -> Dialogue[None]:
        """Make the seats in `changes` so; doing it twice is doing it once. Who is to be rung comes first."""


def groups_of(account: Account) -> dict[str, str]:
    """Our queues and the group that is kept for each."""
    pairs = account.settings.get("groups")
    named = pairs.items() if isinstance(pairs, dict) else ()
    return {str(queue): str(group) for queue, group in list(named)[:MOST_GROUPS]}


def due(seen: Seen, working: Collection[str]) -> Due:
    """What makes `seen` ring whoever of ours is `working`; nothing once it does."""
    wanted = {seat.id: seat.extension in working for seat in seen.seats if seat.extension}
    changes = {seat.id: wanted[seat.id] for seat in seen.seats if wanted.get(seat.id, seat.on) != seat.on}
    absent = tuple(sorted(set(working) - {seat.extension for seat in seen.seats}))
    rings = any(changes.get(seat.id, seat.on) for seat in seen.seats)
    if rings or not changes:
        return Due(changes, absent)
    return Due({}, absent, kept=True)


def asked_first(seen: Seen, changes: Mapping[str, bool]) -> Mapping[str, bool]:
    """Of `changes` what may be asked for now: while nobody who rings goes on ringing, only who is to be rung.

    An API may say yes and not do it: then whoever rang has to ring on. The others are switched off once a look has
    shown who rings instead.
    """
    if any(seat.on and changes.get(seat.id, True) for seat in seen.seats):
        return changes
    return {seat: on for seat, on in changes.items() if on}
