"""How numbers are handed out: ours, and those vendors document. No I/O here.

Each keeps the free numbers of one pool in the order in which they became free.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["exclusive", "cooling", "shared"]
PolicyName = Literal["trunkline", "hard", "random", "recent", "sites"]
POLICIES: tuple[PolicyName, ...] = ("trunkline", "hard", "random", "recent", "sites")

SAYS: dict[str, str] = {
    "trunkline": "least recently used, soft cool-down, sticky for who returns",
    "hard": "least recently used; a number rests for the whole hold, and nobody gets it",
    "random": "any number that is free after the hold (CallScaler documents it)",
    "recent": "the number that became free last",
    "sites": "numbers split over the sites, each pool held hard (one pool a site)",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A number for a visit; `rested` is since when nobody held it."""

    number: int
    kind: Kind
    rested: float


class Soft:
    """Ours: whoever waits longest in the queue of free numbers goes; none is refused for having rested too little."""

    def __init__(self, numbers: range, hold: float) -> None:
        self._hold = hold
        self._free = deque((number, -1e9) for number in numbers)
        self._since = dict.fromkeys(numbers, -1e9)
        self._last: dict[int, int] = {}
        self._shared: deque[int] = deque(numbers)

    def take(self, at: float, visitor: int) -> Given | None:
        """The visitor's own number if it is free, else the one that rested longest, else one that others hold too."""
        number = self._last.get(visitor, -1)
        since = self._since.pop(number, None)
        while since is None and self._free:
            number, freed = self._free.popleft()
            if self._since.get(number) == freed:
                since = self._since.pop(number)
        if since is None:
            number = self._shared[0]
            self._shared.rotate(-1)
            return Given(number, "shared", at)
        self._last[visitor] = number
        return Given(number, "exclusive" if at - since >= self._hold else "cooling", since)

    def release(self, number: int, at: float) -> None:
        """The visitor who held it alone has left."""
        self._since[number] = at
        self._free.append((number, at))


class Hard:
    """A number rests for the hold before anybody gets it; `choose` picks the place among those that may go."""

    def __init__(self, numbers: range, hold: float, choose: Callable[[int], int]) -> None:
        self._hold = hold
        self._choose = choose
        self._resting: deque[tuple[float, int]] = deque()
        self._ready = [(-1e9, number) for number in numbers]

    def take(self, at: float, visitor: int) -> Given | None:
        """A number that has rested, or none: the page keeps its own."""
        del visitor
        while self._resting and self._resting[0][0] + self._hold <= at:
            self._ready.append(self._resting.popleft())
        if not self._ready:
            return None
        since, number = self._ready.pop(self._choose(len(self._ready)))
        return Given(number, "exclusive", since)

    def release(self, number: int, at: float) -> None:
        """The hold begins."""
        self._resting.append((at, number))


Pool = Soft | Hard


def pools(name: PolicyName, numbers: int, hold: float, seed: int, sites: int) -> list[Pool]:
    """The pools of a policy: one, or one a site."""
    if name == "trunkline":
        return [Soft(range(numbers), hold)]
    if name == "sites":
        bounds = [numbers * place // sites for place in range(sites + 1)]
        return [Hard(range(bounds[place], bounds[place + 1]), hold, lambda _: 0) for place in range(sites)]
    chance = Random(f"numbers {seed}")
    choose: dict[str, Callable[[int], int]] = {
        "hard": lambda _: 0,
        "random": chance.randrange,
        "recent": lambda ready: ready - 1,
    }
    return [Hard(range(numbers), hold, choose[name])]
