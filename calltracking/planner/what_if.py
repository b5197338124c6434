"""What more or fewer numbers would change: coverage, precision and the monthly bill, one line a size. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from calltracking.planner.forecast import Measured, Stay, coverage_of, precision_of
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
    monthly: Decimal


def what_if(
    sizes: Iterable[int], measured: Measured, stay: Stay, price: Decimal, late: Late | None = None
) -> list[WhatIf]:
    """The table for a slider; `price` is what a number costs a month."""
    return [
        WhatIf(
            size,
            coverage_of(size, measured, stay),
            coverage_of(size, measured, Stay(stay.dwell, 0.0)),
            precision_of(size, measured, stay, late),
            size * price,
        )
        for size in sizes
    ]
