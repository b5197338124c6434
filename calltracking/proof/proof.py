"""The figures of one site over some days as values, added up from counted groups of calls. No I/O here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec

from calltracking.models.model import WHOLE
from calltracking.results.result import Result

WHYS: Final = ("own", "nobody", "shared", "several", "cut", "other")
"""Why the source of a call is unknown, in the order they are told."""
LACKS: Final = ("no_number", "no_call", "untracked", "unexplained")
"""What a deal lacks for a source."""


class Group(msgspec.Struct, frozen=True):
    """Calls of a day to one line that are alike: kind of number, why unknown, how sure."""

    day: date
    number: str
    kind: str
    why: str
    screened: bool
    band: str
    calls: int
    answered: int
    missed: int
    target: int
    uniques: int
    certainty: float


@dataclass(frozen=True, slots=True)
class Line:
    """What one line's calls came to; `kind` is `own`, `static` or `pool`."""

    number: str
    kind: str
    calls: int = 0
    answered: int = 0
    missed: int = 0
    target: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """The sums. Calls are those that count: `screened` ones are beside them."""

    calls: int = 0
    answered: int = 0
    missed: int = 0
    target: int = 0
    uniques: int = 0
    screened: int = 0
    unknown: int = 0
    certainty: float = 0.0
    whys: Mapping[str, int] = field(default_factory=dict)
    bands: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    days: Mapping[date, Result] = field(default_factory=dict)

    def share(self, number: int) -> float | None:
        """Of all calls; None where there were none."""
        return number / self.calls if self.calls else None

    @property
    def by_visits(self) -> int:
        """Calls that visits explain, however sure."""
        return sum(self.bands.get(band, 0) for band in ("sure", "likely", "unsure"))

    @property
    def expected_right(self) -> float | None:
        """The mean confidence of what visits explain: so many of them are right, as far as it is calibrated."""
        return self.certainty / self.by_visits if self.by_visits else None


class Visits(msgspec.Struct, frozen=True):
    """Visits, those that a number was leased, those that had it alone."""

    visits: int = 0
    numbered: int = 0
    alone: int = 0


@dataclass(frozen=True, slots=True)
class Deals:
    """Deals opened in these days by what led to them."""

    states: Mapping[str, int]

    @property
    def all(self) -> int:
        """Every one."""
        return sum(self.states.values())

    @property
    def complete(self) -> int:
        """Those with a source."""
        return sum(self.states.get(state, 0) for state in ("call", "form", "elsewhere"))


def proof_of(groups: Iterable[Group]) -> Proof:
    """The sums of groups."""
    lines: dict[str, Line] = {}
    days: dict[date, Result] = {}
    whys: dict[str, int] = {}
    bands: dict[str, int] = {}
    screened, certainty = 0, 0.0
    for one in groups:
        if one.screened:
            screened += one.calls
            continue
        lines[one.number] = _with(lines.get(one.number) or Line(one.number, one.kind), one)
        days[one.day] = days.get(one.day, Result("")).plus(_result(one))
        bands[one.band] = bands.get(one.band, 0) + one.calls
        certainty += one.certainty
        if one.why:
            whys[one.why] = whys.get(one.why, 0) + one.calls
    found = sorted(lines.values(), key=lambda line: (-line.calls, line.number))
    sums = {name: sum(getattr(line, name) for line in found) for name in _SUMMED}
    uniques = sum(day.uniques for day in days.values()) // WHOLE
    return Proof(
        **sums,
        uniques=uniques,
        screened=screened,
        certainty=certainty,
        whys=whys,
        bands=bands,
        lines=tuple(found),
        days=days,
    )


_SUMMED: Final = ("calls", "answered", "missed", "target", "unknown")


def _with(line: Line, one: Group) -> Line:
    return Line(
        line.number,
        line.kind,
        line.calls + one.calls,
        line.answered + one.answered,
        line.missed + one.missed,
        line.target + one.target,
        line.unknown + (one.calls if one.why else 0),
    )


def _result(one: Group) -> Result:
    return Result(
        "",
        calls=one.calls * WHOLE,
        answered=one.answered * WHOLE,
        missed=one.missed * WHOLE,
        target=one.target * WHOLE,
        uniques=one.uniques * WHOLE,
    )
