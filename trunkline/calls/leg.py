"""One leg: what is known of a PBX channel and of whoever is at its end. No I/O here."""

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

MACHINES = frozenset(
    {"Local", "Surrogate", "Message", "Recorder", "Announcer", "CBAnn", "CBRec", "Snoop", "UnicastRTP", "MulticastRTP"}
)
"""Channel technologies that nobody listens at: the PBX's own plumbing."""

_CHANNEL = re.compile(r"(?P<tech>[^/]+)/(?P<name>.*?)(?:-[0-9a-f]{8})?(?P<half>;[12])?$")
_EXTENSION = re.compile(r"[0-9]{2,6}").fullmatch


class ChannelName(NamedTuple):
    """What a channel's name says; `pair` is what both halves of one Local channel share, empty for every other."""

    technology: str
    endpoint: str
    pair: str
    is_machine: bool
    is_desk: bool


@lru_cache(maxsize=16_384)
def read_channel(channel: str) -> ChannelName:
    """`PJSIP/101-0000002a` is the desk 101, `Local/101@desks-0000002a;2` half a machine."""
    match = _CHANNEL.match(channel)
    technology, endpoint = (match["tech"], match["name"]) if match else (channel.partition("/")[0], channel)
    pair = channel[:-2] if technology == "Local" and match and match["half"] else ""
    return ChannelName(technology, endpoint, pair, technology in MACHINES, _EXTENSION(endpoint) is not None)


class Presence(msgspec.Struct, frozen=True):
    """The leg was in `bridge` from `since` to `until` (µs); `until` is None while it still is."""

    bridge: str
    since: int
    until: int | None = None


class Hold(msgspec.Struct, frozen=True):
    """The leg kept the other side on hold."""

    since: int
    until: int | None = None


class Leg(msgspec.Struct, frozen=True):
    """One channel of a call; all times in µs. `seen_at` is when it was first heard of in this call."""

    id: str
    channel: str
    seen_at: int
    started_at: int | None = None
    number: str = ""
    name: str = ""
    exten: str = ""
    dialed: bool = False
    dialed_at: int | None = None
    dialed_by: str = ""
    dial_status: str = ""
    forward: str = ""
    ringing_at: int | None = None
    progress_at: int | None = None
    up_at: int | None = None
    presences: tuple[Presence, ...] = ()
    holds: tuple[Hold, ...] = ()
    hangup_asked_at: int | None = None
    ended_at: int | None = None
    cause: int = 0
    ended_by: str = ""
    vanished: bool = False
    alone: bool = False
    """It ended because nobody else was left, which the next who is heard of puts right."""
    seat: str = ""
    """The extension of the mobile employee at whose number it rings."""

    @property
    def endpoint(self) -> str:
        """`101` of `PJSIP/101-0000002a`, `101@desks` of `Local/101@desks-0000002a;2`."""
        return read_channel(self.channel).endpoint

    @property
    def is_machine(self) -> bool:
        """Whether nobody is at the end of it."""
        return read_channel(self.channel).is_machine

    @property
    def pair(self) -> str:
        """What both halves of one Local channel share; empty for every other leg."""
        return read_channel(self.channel).pair

    @property
    def extension(self) -> str:
        """The extension of the desk this leg is at, empty for a party outside."""
        name = read_channel(self.channel)
        if name.is_machine:
            return ""
        if self.seat:
            return self.seat
        if name.is_desk:
            return name.endpoint
        return self.number if _EXTENSION(self.number) else ""


def entered(leg: Leg, bridge: str, at: int) -> Leg:
    """`leg` in `bridge` from `at` on; a leg is in one bridge at a time."""
    last = leg.presences[-1] if leg.presences else None
    if last is not None and last.until is None:
        if last.bridge == bridge:
            return leg
        leg = departed(leg, last.bridge, at)
    return msgspec.structs.replace(leg, presences=(*leg.presences, Presence(bridge, at)))


def departed(leg: Leg, bridge: str, at: int) -> Leg:
    """`leg` out of `bridge`, if it is known to be in it."""
    last = leg.presences[-1] if leg.presences else None
    if last is not None and last.until is None and last.bridge == bridge:
        closed = Presence(bridge, last.since, at)
        return msgspec.structs.replace(leg, presences=(*leg.presences[:-1], closed))
    return leg


def entered_unseen(leg: Leg, bridge: str, since: int, until: int) -> Leg:
    """`leg` in `bridge` from `since` to `until`, unless it is known to have been there."""
    if any(one.bridge == bridge for one in leg.presences):
        return leg
    return msgspec.structs.replace(leg, presences=(*leg.presences, Presence(bridge, since, until)))


def over(leg: Leg, at: int) -> Leg:
    """`leg` with everything it was doing ended at `at`."""
    if leg.presences and leg.presences[-1].until is None:
        leg = departed(leg, leg.presences[-1].bridge, at)
    return unheld(leg, at)


def found_again(leg: Leg) -> Leg:
    """A leg that was given up and went on, as it turns out: what it was doing then, it still does."""
    if leg.alone:
        return msgspec.structs.replace(leg, ended_at=None, alone=False)
    if not leg.vanished:
        return leg
    last = leg.presences[-1] if leg.presences else None
    if last is not None and last.until == leg.ended_at:
        leg = msgspec.structs.replace(leg, presences=(*leg.presences[:-1], Presence(last.bridge, last.since)))
    return msgspec.structs.replace(leg, ended_at=None, vanished=False)


def held(leg: Leg, at: int) -> Leg:
    """`leg` keeping the other side on hold from `at` on."""
    if leg.holds and leg.holds[-1].until is None:
        return leg
    return msgspec.structs.replace(leg, holds=(*leg.holds, Hold(at)))


def unheld(leg: Leg, at: int) -> Leg:
    """`leg` talking to the other side again."""
    if not leg.holds or leg.holds[-1].until is not None:
        return leg
    return msgspec.structs.replace(leg, holds=(*leg.holds[:-1], Hold(leg.holds[-1].since, at)))
