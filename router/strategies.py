"""In which order the members of a team ring: Asterisk's queue strategies with penalties. No I/O here.

The figures are those of `calc_metric` in apps/app_queue.c, the smallest first; of equal ones whoever stands first. A
lower penalty always comes first, whatever the figure (there it is added as a million a step, which a figure may
exceed), except for `wrandom`, where a penalty makes being late more likely. Whoever already rang in this dialogue is
left out, which is what `linear` and `rrmemory` do there by remembering the position.
"""

from collections.abc import Callable, Collection
from enum import StrEnum

import msgspec

from router.target import MOST_TARGETS
from trunkline.pbx.devices import DeviceState
from trunkline.presence.state import State

_LONGEST_IDLE = 1_000_000


class Strategy(StrEnum):
    """How Asterisk calls them."""

    RINGALL = "ringall"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    RANDOM = "random"
    RRMEMORY = "rrmemory"
    RRORDERED = "rrordered"
    LINEAR = "linear"
    WRANDOM = "wrandom"


class Mate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A member of a team as one question finds him; counts and times are 0 where they are not known."""

    extension: str
    penalty: int = 0
    state: DeviceState = DeviceState.UNKNOWN
    presence: State = State.ONLINE
    taken: int = 0
    """Calls answered in this shift."""
    answered_at: float = 0.0
    ended_at: float = 0.0
    """When his last call ended."""
    number: str = ""
    """What rings in place of his extension, asking for a 1."""


class Team(msgspec.Struct, frozen=True, array_like=True):
    """The members in the order of their queue."""

    strategy: str = Strategy.RRMEMORY.value
    mates: tuple[Mate, ...] = ()


# CPython 3.11 takes as long to look a member up by its name as for ten other steps of a decision.
_RINGALL, _WRANDOM = Strategy.RINGALL, Strategy.WRANDOM

Mates = tuple[Mate, ...]
Figure = Callable[[int], float]
"""What the member at a position gets; the smallest rings first."""


def next_of(team: Team, free: Collection[int], now: float, chance: float) -> tuple[str, ...]:
    """The extensions that ring in this turn, of the members at the positions `free`; none when nobody is left.

    `ringall` rings everybody of the lowest penalty at once, the others ring one at a time; so does, after the desks,
    each who is rung at a number outside.
    """
    if not free:
        return ()
    strategy, mates = _STRATEGIES.get(team.strategy, Strategy.RRMEMORY), team.mates
    rank = _rank(strategy, mates, now, chance)
    if strategy is not _RINGALL:
        return (mates[min(free, key=rank)].extension,)
    lowest = min(mates[place].penalty for place in free)
    at_once = [mates[place] for place in sorted(free) if mates[place].penalty == lowest]
    desks = [mate.extension for mate in at_once if not mate.number]
    return tuple(desks[:MOST_TARGETS]) or (at_once[0].extension,)


def _rank(strategy: Strategy, mates: Mates, now: float, chance: float) -> Callable[[int], tuple[float, ...]]:
    """By what the member at a position is compared."""
    figure = _FIGURES[strategy](mates, now, chance)
    if strategy is _WRANDOM:
        return lambda place: (figure(place), place)
    return lambda place: (mates[place].penalty, figure(place), place)


def _leastrecent(mates: Mates, now: float, _chance: float) -> Figure:
    """Never called comes first; there, somebody idle for 11.6 days would come before him: here they are equal."""

    def figure(position: int) -> float:
        last = mates[position].ended_at
        return max(0.0, _LONGEST_IDLE - (now - last)) if last else 0.0

    return figure


def _after_the_last(mates: Mates, _now: float, _chance: float) -> Figure:
    """Places behind whoever answered last; from the beginning where nobody is known to have."""
    times = [mate.answered_at for mate in mates]
    newest = max(times, default=0.0)
    start = times.index(newest) + 1 if newest else 0
    return lambda position: (position - start) % len(times)


def _random(_mates: Mates, _now: float, chance: float) -> Figure:
    return lambda position: _die(chance, position) % 1000


def _weighted(mates: Mates, _now: float, chance: float) -> Figure:
    return lambda position: _die(chance, position) % ((1 + mates[position].penalty) * 1000)


def _die(chance: float, position: int) -> int:
    """A number below 2³², another for every position, from the one chance of the question (SplitMix64's finish)."""
    mixed = (int(chance * 2**53) + (position + 1) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ mixed >> 31) >> 32


_FIGURES: dict[Strategy, Callable[[Mates, float, float], Figure]] = {
    Strategy.RINGALL: lambda _mates, _now, _chance: lambda _: 0,
    Strategy.LINEAR: lambda _mates, _now, _chance: lambda position: position,
    Strategy.RRMEMORY: _after_the_last,
    Strategy.RRORDERED: _after_the_last,
    Strategy.RANDOM: _random,
    Strategy.WRANDOM: _weighted,
    Strategy.FEWESTCALLS: lambda mates, _now, _chance: lambda position: mates[position].taken,
    Strategy.LEASTRECENT: _leastrecent,
}
_STRATEGIES = {strategy.value: strategy for strategy in Strategy}
