"""What more or fewer numbers would change: coverage, precision and the monthly bill, one line a size. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from calltracking.planner.filling import Filling
from calltracking.planner.forecast import Measured, Stay, coverage_at, curve_of, fewest, filling_of, precision_at
from calltracking.planner.sizing import Late


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One size of a pool."""

    numbers: int
    coverage: float
    """Visitors with a number of their own, if none may be given before its hold is over."""
    alone: float
    """Visitors with a number of their own, if a number that still rests may be given (our soft cool-down)."""
    precision: float
    """Calls credited rightly by the last-lease rule: the least to expect."""
    monthly: Decimal | None
    """Roubles a month; None where nobody told what a number costs."""


@dataclass(frozen=True, slots=True)
class Sizer:
    """What does not depend on the size, reckoned once: a slider asks for many.

    The curves end where the sliders do; a size beyond is reckoned by itself.
    """

    filling: Filling
    filling_alone: Filling
    coverages: Sequence[float]
    alone: Sequence[float]
    rates: Sequence[float]
    per_hour: float
    dwell: float
    late: Late

    @classmethod
    def of(cls, most: int, measured: Measured, stay: Stay, late: Late | None = None) -> "Sizer":
        """With curves up to `most`."""
        filling, alone = (filling_of(measured, each) for each in (stay, Stay(stay.dwell, 0.0)))
        curves = curve_of(most, filling), curve_of(most, alone)
        return cls(filling, alone, *curves, measured.smoothed(), 60 / measured.minutes, stay.dwell, late or Late())

    def size(self, numbers: int, price: Decimal | None) -> WhatIf:
        """The line of a size; `price` is what a number costs a month."""
        precision = precision_at(numbers, self.rates, self.per_hour, self.dwell, self.late)
        monthly = None if price is None else numbers * price
        return WhatIf(
            numbers,
            _at(numbers, self.coverages, self.filling),
            _at(numbers, self.alone, self.filling_alone),
            precision,
            monthly,
        )

    def fewest(self, goal: float, numbers: int) -> int | None:
        """The fewest numbers that cover `goal`, of those the curve and a pool of `numbers` have; None: they do not."""
        for size, share in enumerate(self.coverages):
            if share >= goal:
                return size
        if numbers < len(self.coverages) or coverage_at(numbers, self.filling) < goal:
            return None
        return fewest(goal, len(self.coverages) - 1, numbers, self.filling)


def _at(numbers: int, curve: Sequence[float], filling: Filling) -> float:
    return curve[numbers] if numbers < len(curve) else coverage_at(numbers, filling)
