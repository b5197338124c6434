"""A conversion split among the visits before it: exact, and conserved by any sum. No I/O here.

Each visit is told how many units of WHOLE are given up to and with it; its share is the difference to the visit before.
The last one reaches WHOLE, so shares sum to it whatever was rounded on the way, and money that is split at the same
marks sums to the kopeck. `queries.sql` says the same to the database; a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Final, assert_never

from calltracking.models.model import HALF_LIFE, WHOLE, Kind, Model

_HOT: Final = 1 << 24
"""The heat of a visit at the very moment of the conversion."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A visit as the models see it: when it began, and whether nothing is known of where it came from."""

    at: datetime
    direct: bool = False


def marks(model: Model, touches: Sequence[Touch], at: datetime) -> tuple[int, ...]:
    """Units of WHOLE given up to and with each of the ordered `touches`; rising, the last is WHOLE."""
    match model.kind:
        case Kind.PLACES:
            return tuple(_by_place(model, place, len(touches)) for place in range(1, len(touches) + 1))
        case Kind.EVEN:
            return tuple(WHOLE * place // len(touches) for place in range(1, len(touches) + 1))
        case Kind.DECAY:
            return _by_heat([_heat(at - touch.at) for touch in touches])
        case Kind.LAST_KNOWN:
            chosen = max((place for place, touch in enumerate(touches) if not touch.direct), default=len(touches) - 1)
            return tuple(WHOLE if place >= chosen else 0 for place in range(len(touches)))
        case _:
            assert_never(model.kind)


def shares(model: Model, touches: Sequence[Touch], at: datetime) -> tuple[int, ...]:
    """Units of WHOLE for each of the ordered `touches`; together WHOLE, where there are any."""
    return tuple(until - since for since, until in pairwise((0, *marks(model, touches, at))))


def split(amount: int, reached: Sequence[int]) -> tuple[int, ...]:
    """An amount in its smallest unit split at such marks; the parts sum to it."""
    return tuple(amount * until // WHOLE - amount * since // WHOLE for since, until in pairwise((0, *reached)))


def _by_place(model: Model, place: int, places: int) -> int:
    if place == places:
        return WHOLE
    if places == 2:
        return WHOLE * model.first // (model.first + model.last)
    return model.first + model.middle * (place - 1) // (places - 2)


def _by_heat(heats: Sequence[int]) -> tuple[int, ...]:
    """Whole numbers, so that no order of adding them matters; each is something, so that there is a whole."""
    sums = tuple(accumulate(heats))
    return tuple(WHOLE * part // sums[-1] for part in sums)


def _heat(age: timedelta) -> int:
    return max(1, int(_HOT * 2.0 ** -(age / HALF_LIFE)))
