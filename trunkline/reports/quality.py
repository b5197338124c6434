"""The quality of a line at its operator: what its figures say, and what too few calls do not. No I/O here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from trunkline.reports.causes import is_fault

SHORT_TALK_SECONDS: Final = 10
FEW: Final = 20
"""Fewer calls make no share and no percentile: they are told by number."""
USUAL_DAYS: Final = 28
"""What is usual for a line: as many days before the time asked for."""
_USUAL_CALLS: Final = 50
_FALL: Final = 0.05
_SURE: Final = 2.58
"""Standard deviations that chance does not reach in 99 of 100 lines."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What a line did before."""

    calls: int
    answered: int

    @property
    def ratio(self) -> float | None:
        """Answered of all, 0–1; None where there is too little to call it usual."""
        return self.answered / self.calls if self.calls >= _USUAL_CALLS else None


@dataclass(frozen=True, slots=True)
class LineQuality:
    """A line with one operator, calls one way: incoming calls, or attempts to call out that showed it.

    `short` were answered and talked for less than SHORT_TALK_SECONDS; `causes` are those of the unanswered, `delays`
    how many were silent for so many tenths of a second after dialling.
    """

    direction: str
    line: str
    operator: str
    calls: int
    answered: int
    short: int
    causes: Mapping[str, int]
    delays: Mapping[int, int]
    usual: Usual

    @property
    def few(self) -> bool:
        """Whether there are too few to speak of quality."""
        return self.calls < FEW

    @property
    def ratio(self) -> float | None:
        """Answered of all, 0–1; None of a few."""
        return None if self.few else self.answered / self.calls

    @property
    def faults(self) -> list[tuple[str, int]]:
        """Causes that are neither side's doing, the most frequent first."""
        found = [(cause, number) for cause, number in self.causes.items() if is_fault(cause, self.direction)]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    @property
    def failed(self) -> int:
        """Calls that ended by such a cause."""
        return sum(number for _, number in self.faults)

    @property
    def fell(self) -> bool:
        """Whether fewer are answered than usual, by more than chance and by more than five in a hundred."""
        usual = self.usual.ratio
        if self.ratio is None or usual is None:
            return False
        return self.ratio < usual - _FALL and _at_most(self.answered, self.calls) < usual

    @property
    def measured(self) -> int:
        """How many post-dial delays were heard."""
        return sum(self.delays.values())

    def delay(self, share: float) -> float | None:
        """Seconds that `share` (0–1) of the attempts did not exceed; None of a few. Exact to a tenth."""
        if self.measured < FEW:
            return None
        rank, passed = ceil(share * self.measured), 0
        for tenths in sorted(self.delays):
            passed += self.delays[tenths]
            if passed >= rank:
                return tenths / 10
        return None


def by_operator(lines: Iterable[LineQuality]) -> list[LineQuality]:
    """The sums of each operator's lines of one direction, most calls first; what is usual for lines is not summed."""
    named: defaultdict[str, list[LineQuality]] = defaultdict(list)
    for one in lines:
        named[one.operator].append(one)
    sums = [
        LineQuality(
            direction=own[0].direction,
            line="",
            operator=operator,
            calls=sum(one.calls for one in own),
            answered=sum(one.answered for one in own),
            short=sum(one.short for one in own),
            causes=sum((Counter(one.causes) for one in own), Counter()),
            delays=sum((Counter(one.delays) for one in own), Counter()),
            usual=Usual(0, 0),
        )
        for operator, own in named.items()
    ]
    return sorted(sums, key=lambda one: (-one.calls, one.operator))


def _at_most(answered: int, calls: int) -> float:
    """The upper end of Wilson's interval of a share."""
    share, square = answered / calls, _SURE**2 / calls
    spread = _SURE * sqrt(share * (1 - share) / calls + square / (4 * calls))
    return (share + square / 2 + spread) / (1 + square)
