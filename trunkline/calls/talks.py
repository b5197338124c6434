"""Who talked with whom, and when. No I/O here.

People hear each other when their legs are in one bridge, or in bridges that a Local channel joins: each half of it sits
in one. So at every moment the bridges form groups, and a group with two people in it is a talk.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec

from trunkline.calls.leg import Leg


class Talk(msgspec.Struct, frozen=True):
    """`legs` could hear each other from `since` to `until` (µs)."""

    since: int
    until: int
    legs: tuple[str, ...]


def talks_of(legs: Mapping[str, Leg], end: int) -> tuple[Talk, ...]:
    """The talks among `legs` in their order; what still goes on ends at `end`."""
    stays = [
        (leg, one.bridge, one.since, end if one.until is None else one.until)
        for leg in legs.values()
        for one in leg.presences
    ]
    moments = sorted({moment for _, _, since, until in stays for moment in (since, until)})
    talks: list[Talk] = []
    for since, until in pairwise(moments):
        inside = [(leg, bridge) for leg, bridge, begins, ends in stays if begins <= since and ends >= until]
        for group in _groups(inside):
            _extend(talks, Talk(since, until, group))
    return tuple(talks)


def groups_now(legs: Mapping[str, Leg]) -> list[tuple[str, ...]]:
    """The ids of people who hear each other at this moment, a tuple a group."""
    inside = [(leg, one.bridge) for leg in legs.values() for one in leg.presences[-1:] if one.until is None]
    return _groups(inside) if len(inside) > 1 else []


def seconds_of(talks: Iterable[Talk]) -> float:
    """How long anybody talked: simultaneous talks count once."""
    total, reached = 0, 0
    for talk in sorted(talks, key=lambda one: one.since):
        total += max(0, talk.until - max(talk.since, reached))
        reached = max(reached, talk.until)
    return total / 1e6


def _groups(inside: list[tuple[Leg, str]]) -> list[tuple[str, ...]]:
    """The people of each group of joined bridges, where there are at least two."""
    halves: dict[str, str] = {}
    root: dict[str, str] = {}

    def find(bridge: str) -> str:
        while (above := root.setdefault(bridge, bridge)) != bridge:
            bridge = above
        return bridge

    for leg, bridge in inside:
        find(bridge)
        if leg.pair:
            root[find(bridge)] = find(halves.setdefault(leg.pair, bridge))
    people: dict[str, list[str]] = {}
    for leg, bridge in inside:
        if not leg.is_machine:
            people.setdefault(find(bridge), []).append(leg.id)
    return [tuple(sorted(group)) for group in people.values() if len(group) > 1]


def _extend(talks: list[Talk], talk: Talk) -> None:
    """Add `talk`, or prolong the same people's that ends where it begins."""
    for index, known in enumerate(talks):
        if known.legs == talk.legs and known.until == talk.since:
            talks[index] = Talk(known.since, talk.until, known.legs)
            return
    talks.append(talk)
