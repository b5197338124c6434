"""Whether somebody may be told: a client who said no, or was told enough, is not. No I/O here."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from trunkline.messages.rule import Settings


class Asked(NamedTuple):
    """A message that is to be told. `allowed`: what its client said; None: he was not asked. `names`: Told's."""

    rule: UUID | None
    client: bool
    every_days: int
    allowed: bool | None
    names: frozenset[str] = frozenset()


class Told(NamedTuple):
    """A message that was told to whoever has one of `names`: in the client's days, or in the days of its own rule."""

    names: frozenset[str]
    rule: UUID | None
    counts: bool
    in_days: bool


class Lately:
    """What was told, to whomever."""

    def __init__(self, told: Iterable[Told]) -> None:
        self._told = list(told)
        self._by_name: defaultdict[str, set[int]] = defaultdict(set)
        for place, one in enumerate(self._told):
            self._index(place, one)

    def note(self, asked: Asked) -> None:
        """It is told: the next one of the same round is asked with it."""
        self._told.append(Told(asked.names, asked.rule, asked.client, asked.every_days > 0))
        self._index(len(self._told) - 1, self._told[-1])

    def to(self, names: frozenset[str]) -> list[Told]:
        """Each once, however many names it shares."""
        places = set[int]().union(*(self._by_name[name] for name in names if name in self._by_name))
        return [self._told[place] for place in places]

    def _index(self, place: int, one: Told) -> None:
        for name in one.names:
            self._by_name[name].add(place)


def refusal(asked: Asked, lately: Lately, settings: Settings) -> str:
    """Why it may not be told; empty where it may."""
    told = lately.to(asked.names)
    table = (
        ("said_no", asked.client and asked.allowed is False),
        ("not_asked", asked.client and asked.allowed is None and not settings.unasked),
        ("told_lately", asked.every_days > 0 and any(one.in_days and one.rule == asked.rule for one in told)),
        ("told_enough", asked.client and sum(one.counts for one in told) >= settings.client_most),
    )
    return next((why for why, holds in table if holds), "")
