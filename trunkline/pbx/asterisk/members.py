"""Who should be a member of which queue, who is, and what must be done about it. No I/O here.

Ours are dynamic members that we made, or all of a company that handed its queues over; whatever else is there stays.
Static members (queues.conf) are never removed and keep their penalty: Asterisk would bring them back with the next
reload. A pause is ours when its reason is `trunkline`; a pause of anybody else is left as it is.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

import msgspec

from trunkline.pbx.asterisk.framing import Frame

REASON = "trunkline"
EXTENSION_MARK = "EXT"
MOBILE = "trunkline-mobile"
"""Where the dialplan asks for the number of who works on a mobile, by his extension, and has him press 1."""
_INTERFACE = re.compile(r"[A-Za-z0-9]+/(?P<extension>[0-9]{2,8})(?:@[^/]*)?(?:/[a-z]+)?").fullmatch


class Wanted(NamedTuple):
    """`extension` should answer `queue` (its name in the PBX), the earlier the lower the penalty."""

    queue: str
    extension: str
    name: str
    penalty: int
    forwarded: bool = False
    """He works on a number outside."""


class Member(NamedTuple):
    """A member as QueueStatus tells."""

    queue: str
    interface: str
    penalty: int = 0
    dynamic: bool = True
    paused: bool = False
    reason: str = ""

    @property
    def extension(self) -> str:
        """Whose phone it is; empty when that is no extension."""
        return extension_of_interface(self.interface)


class Picture(NamedTuple):
    """The queues of a PBX and their members."""

    queues: frozenset[str]
    members: tuple[Member, ...]


class Ways(msgspec.Struct, frozen=True):
    """How this PBX reaches an extension in a queue, and whether the company handed its dynamic members over."""

    interface: str = "PJSIP/EXT"
    state_interface: str = ""
    """What tells whether the phone is busy, where the interface (a Local channel) does not: `hint:EXT@ext-local`."""
    take_over: bool = False

    def interface_of(self, extension: str, *, forwarded: bool = False) -> str:
        # /n: a call of a queue, or of ours, stays with the half that was dialled for it.
        return f"Local/{extension}@{MOBILE}/n" if forwarded else self.interface.replace(EXTENSION_MARK, extension)

    def state_interface_of(self, extension: str, *, forwarded: bool = False) -> str:
        return "" if forwarded else self.state_interface.replace(EXTENSION_MARK, extension)


class Unpause(NamedTuple):
    """Lift our pause."""

    queue: str
    interface: str


class Remove(NamedTuple):
    """Take a member of ours out."""

    queue: str
    interface: str


class SetPenalty(NamedTuple):
    """Ring a member of ours earlier or later."""

    queue: str
    interface: str
    penalty: int


class Add(NamedTuple):
    """Make a dynamic member."""

    queue: str
    interface: str
    state_interface: str
    name: str
    penalty: int


class Pause(NamedTuple):
    """Pause a member, whoever made it."""

    queue: str
    interface: str


Change = Unpause | Remove | SetPenalty | Add | Pause
_ORDER = (Unpause, Remove, SetPenalty, Add, Pause)
"""Who may work again comes first; who is added is paused right after."""


def changes(
    wanted: Iterable[Wanted],
    picture: Picture,
    *,
    ours: Collection[str],
    made: Collection[tuple[str, str]],
    paused: Collection[str],
    ways: Ways,
) -> tuple[Change, ...]:
    """What makes `picture` right; nothing once it is, so that doing it twice is doing it once.

    `ours` are the queues we know by name, `made` the (queue, interface) we added, `paused` the extensions to pause.
    """
    places = {(one.queue, one.extension): one for one in wanted if one.queue in picture.queues}
    found = {place: tuple(own) for place, own in groupby(sorted(picture.members, key=_place), key=_place)}

    def is_ours(member: Member) -> bool:
        by_hand_over = ways.take_over and member.queue in ours
        return member.dynamic and (by_hand_over or (member.queue, member.interface) in made)

    todo: list[Change] = []
    for place in places.keys() | found.keys():
        mine = [member for member in found.get(place, ()) if is_ours(member)]
        others = [member for member in found.get(place, ()) if not is_ours(member)]
        todo += _memberships(None if others else places.get(place), mine, ways, paused)
    todo += _pauses(picture.members, paused)
    gone = {(one.queue, one.interface) for one in todo if isinstance(one, Remove)}
    kept = (one for one in todo if isinstance(one, Remove | Add) or (one.queue, one.interface) not in gone)
    return tuple(sorted(dict.fromkeys(kept), key=lambda one: (_ORDER.index(type(one)), one.queue, one.interface)))


def _memberships(
    wanted: Wanted | None, mine: Iterable[Member], ways: Ways, paused: Collection[str]
) -> Iterable[Change]:
    """Bring our memberships of one extension in one queue to the one wanted, or to none."""
    right = ways.interface_of(wanted.extension, forwarded=wanted.forwarded) if wanted else None
    kept = [member for member in mine if member.interface == right]
    yield from (Remove(member.queue, member.interface) for member in mine if member.interface != right)
    if wanted is None or right is None:
        return
    if not kept:
        state = ways.state_interface_of(wanted.extension, forwarded=wanted.forwarded)
        yield Add(wanted.queue, right, state, wanted.name, wanted.penalty)
        if wanted.extension in paused:
            yield Pause(wanted.queue, right)
    elif kept[0].penalty != wanted.penalty:
        yield SetPenalty(wanted.queue, right, wanted.penalty)


def _pauses(members: Iterable[Member], paused: Collection[str]) -> Iterable[Change]:
    for member in members:
        if member.extension in paused:
            if not member.paused:
                yield Pause(member.queue, member.interface)
        elif member.paused and member.reason == REASON:
            yield Unpause(member.queue, member.interface)


def _place(member: Member) -> tuple[str, str]:
    return member.queue, member.extension or member.interface


def extension_of_interface(interface: str) -> str:
    """`101` of `PJSIP/101` and of `Local/101@from-queue/n`; empty for a trunk's number, a hint or an application."""
    match = _INTERFACE(interface)
    return match["extension"] if match else ""


def is_template(text: str) -> bool:
    """Whether `text` becomes an interface we recognise again: `PJSIP/EXT`, `Local/EXT@from-queue/n`."""
    return extension_of_interface(text.replace(EXTENSION_MARK, "101")) == "101" and EXTENSION_MARK in text


def picture_of(frames: Iterable[Frame]) -> Picture:
    """What the answer to QueueStatus shows."""
    queues, members = set(), []
    for frame in frames:
        match frame.get("Event"):
            case "QueueParams":
                queues.add(str(frame["Queue"]))
            case "QueueMember":
                members.append(_member(frame))
    return Picture(frozenset(queues), tuple(members))


def _member(frame: Mapping[str, object]) -> Member:
    penalty = str(frame.get("Penalty", ""))
    return Member(
        str(frame["Queue"]),
        str(frame.get("Location") or frame.get("Interface") or ""),
        int(penalty) if penalty.isdecimal() else 0,
        frame.get("Membership") == "dynamic",
        frame.get("Paused") == "1",
        str(frame.get("PausedReason", "")),
    )


def action_of(change: Change) -> dict[str, str]:
    """The AMI action that does it; every one needs `write = agent` and nothing else."""
    where = {"Queue": change.queue, "Interface": change.interface}
    match change:
        case Unpause():
            return {"Action": "QueuePause", **where, "Paused": "false", "Reason": REASON}
        case Remove():
            return {"Action": "QueueRemove", **where}
        case SetPenalty():
            return {"Action": "QueuePenalty", **where, "Penalty": str(change.penalty)}
        case Add():
            state = {"StateInterface": change.state_interface} if change.state_interface else {}
            name = " ".join(change.name.split())
            return {"Action": "QueueAdd", **where, **state, "Penalty": str(change.penalty), "MemberName": name}
        case Pause():
            return {"Action": "QueuePause", **where, "Paused": "true", "Reason": REASON}
