"""The commands of one account that wait to be sent, the most urgent first, and what need not be sent any more. No I/O.

An account takes one command in some seconds, so a burst of calls is longer than its patience: who is at a ringing
telephone goes before who waits in a queue, whom we know by name before a stranger, and of equals who came first. What
is left when its caller was answered, has hung up or was sent on by the PBX is dropped.
"""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

from router.facts import Facts
from trunkline.directory.values import LineMode
from trunkline.pbx.hooks.commanding import Command, News, Standing
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Decision

MOST_WAITING: Final = 100
"""Of an account; at one in two seconds nobody has the patience of a fifth of them."""
_OWN_MANAGER: Final = frozenset({"responsible", "last_talk", "deputy"})
"""Rules that send a client to the person he knows."""


class Rank(NamedTuple):
    """Lower goes first."""

    waits: bool
    known: int
    """0 a VIP, 1 a client who goes to his own manager, 2 everybody else."""


class Why(StrEnum):
    """Why a command was dropped."""

    TALKS = Standing.TALKS.value
    OVER = Standing.OVER.value
    MOVED = Standing.MOVED.value
    LATE = "late"
    """It waited longer than the PBX lets a caller wait."""
    CROWDED = "crowded"
    """More urgent ones fill the queue."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command with its place; `since` is when it came, in the seconds of one clock; `account` sends it."""

    command: Command
    rank: Rank
    since: float
    account: Account
    reserves: bool = False
    """Whether telephones may be kept free for it."""

    @property
    def order(self) -> tuple[Rank, float]:
        """Whose turn it is."""
        return self.rank, self.since


Dropped = tuple[Waiting, Why]
_by_order: Final = attrgetter("order")


def rank_of(decision: Decision, command: Command) -> Rank:
    """By where the caller is, and by who he is."""
    facts = decision.facts
    vip = isinstance(facts, Facts) and facts.vip
    return Rank(not command.rings, 0 if vip else 1 if decision.rule in _OWN_MANAGER else 2)


def is_routed(decision: Decision) -> bool:
    """Whether its line is known as ours and routed; an unknown one is the cabinet's, whatever was decided."""
    facts = decision.facts
    return isinstance(facts, Facts) and facts.line_known and facts.mode is LineMode.ROUTE


class CommandQueue:
    """Moments are given; `spacing` lies between the end of one command and the next, whatever came of it."""

    def __init__(self, spacing: float, patience: float, rests_until: float = 0.0) -> None:
        self._spacing = spacing
        self._patience = patience
        self._rests_until = rests_until
        self._waiting: list[Waiting] = []
        """The most urgent first."""
        self._is_busy = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, one: Waiting) -> list[Dropped]:
        """Let it wait; the least urgent is dropped where too many do."""
        if len(self._waiting) == MOST_WAITING and one.order >= self._waiting[-1].order:
            return [(one, Why.CROWDED)]
        insort(self._waiting, one, key=_by_order)
        return [(self._waiting.pop(), Why.CROWDED)] if len(self._waiting) > MOST_WAITING else []

    def hear(self, news: News) -> list[Dropped]:
        """What is of no use any more after `news`."""
        return self._drop(
            lambda one: one.command.call == news.call and news.leg in ("", one.command.leg),
            Why(news.standing.value),
        )

    def tidy(self, now: float) -> list[Dropped]:
        """What has waited too long."""
        return self._drop(lambda one: now - one.since >= self._patience, Why.LATE)

    def wait(self, now: float) -> float | None:
        """Seconds until there is something to do: 0 when one may go now, None when nothing waits."""
        if not self._waiting:
            return None
        late = min(one.since for one in self._waiting) + self._patience
        due = late if self._is_busy else min(late, self._rests_until)
        return max(0.0, due - now)

    def take(self, now: float) -> Waiting | None:
        """The next to send, and until `done` no other; None where none may go, or none is in time."""
        if self._is_busy or now < self._rests_until:
            return None
        place = next((at for at, one in enumerate(self._waiting) if now - one.since < self._patience), None)
        if place is None:
            return None
        self._is_busy = True
        return self._waiting.pop(place)

    def done(self, now: float, rest: float = 0.0) -> None:
        """The one that was taken is over; `rest` where more than the usual is asked for."""
        self._is_busy = False
        self._rests_until = now + max(self._spacing, rest)

    def _drop(self, useless: Callable[[Waiting], bool], why: Why) -> list[Dropped]:
        gone = [one for one in self._waiting if useless(one)]
        if gone:
            self._waiting = [one for one in self._waiting if not useless(one)]
        return [(one, why) for one in gone]
