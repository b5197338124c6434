"""A call's legs over time, measured for drawing: lanes, bars and marks in per cent of the whole. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

BarKind = Literal["ring", "wait", "talk", "hold", "ivr", "gap", "other"]

_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
_MOST_TICKS: Final = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasted, in seconds since the call began; `title` says it in words."""

    start: float
    end: float
    kind: BarKind
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    at: float
    title: str
    kind: Literal["note", "bad"] = "note"


@dataclass(frozen=True, slots=True)
class Lane:
    """One leg: whose it is, a word about it, what went on."""

    name: str
    detail: str = ""
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture; `seconds` is the call's length."""

    seconds: float
    lanes: Sequence[Lane]
    kinds: Sequence[BarKind] = field(init=False)
    ticks: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        present = {bar.kind for lane in self.lanes for bar in lane.bars}
        order: tuple[BarKind, ...] = ("ivr", "wait", "ring", "talk", "hold", "gap", "other")
        object.__setattr__(self, "kinds", tuple(kind for kind in order if kind in present))
        object.__setattr__(self, "ticks", ticks(self.seconds))

    def place(self, second: float) -> str:
        """Where `second` lies, as an SVG length: `12.5%`."""
        return f"{self._share(second) * 100:.2f}%"

    def width(self, bar: Bar) -> str:
        """How wide `bar` is; never so narrow that it cannot be seen."""
        return f"{max(self._share(bar.end) - self._share(bar.start), 0.004) * 100:.2f}%"

    def _share(self, second: float) -> float:
        return min(max(second / self.seconds, 0.0), 1.0) if self.seconds > 0 else 0.0


def ticks(seconds: float) -> tuple[int, ...]:
    """Round seconds for an axis of this length, at most seven of them."""
    step = next((step for step in _STEPS if seconds / step <= _MOST_TICKS), _STEPS[-1])
    return tuple(range(0, int(seconds) + 1, step))
